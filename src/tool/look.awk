# Turn scripts into a C table of { name, text }; the name is the file's without its folder and suffix.
function flush_file() { if (open) print "    },"; open = 0 }
BEGIN { print "/* Made by look.awk from src/tool/look/. */"; print "#include \"src/tool/look.h\"\n";
        print "const struct look_script look_scripts[] = {" }
FNR == 1 { flush_file(); name = FILENAME; sub(/.*\//, "", name); sub(/\.[^.]*$/, "", name)
           printf "    {\n        \"%s\",\n", name; open = 1 }
{ gsub(/\\/, "\\\\&"); gsub(/"/, "\\\""); printf "        \"%s\\n\"\n", $0 }
END { flush_file(); print "    {NULL, NULL},\n};" }
