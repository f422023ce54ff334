# Turn the files of skills/ into a C table of { name, text }. A "?" is escaped: C17 knows trigraphs.
function flush_file() { if (open) print "    },"; open = 0 }
BEGIN { print "/* Made by embed.awk from skills/. */"; print "#include \"src/engine/skill/skill_priv.h\"\n";
        print "const struct skill_data skill_data[] = {" }
FNR == 1 { flush_file(); name = FILENAME; sub(/.*\//, "", name)
           printf "    {\n        \"%s\",\n", name; open = 1 }
{ gsub(/\\/, "\\\\&"); gsub(/"/, "\\\""); gsub(/\?/, "\\?"); gsub(/\t/, "\\t"); printf "        \"%s\\n\"\n", $0 }
END { flush_file(); print "    {NULL, NULL},\n};" }
