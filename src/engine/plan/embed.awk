# Turn the playbooks into a C table of { name, text }; the name is the file's without its folder and suffix.
function flush_file() { if (open) print "    },"; open = 0 }
BEGIN { print "/* Made by embed.awk from playbooks/. */"; print "#include \"src/engine/plan/plan_priv.h\"\n";
        print "const struct playbook_data playbook_data[] = {" }
FNR == 1 { flush_file(); name = FILENAME; sub(/.*\//, "", name); sub(/\.[^.]*$/, "", name)
           printf "    {\n        \"%s\",\n", name; open = 1 }
{ gsub(/\\/, "&&"); gsub(/"/, "\\\""); printf "        \"%s\\n\"\n", $0 }
END { flush_file(); print "    {NULL, NULL},\n};" }
