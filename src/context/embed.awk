# Turn text files into a C table of { name, text }; the name is the file's without its folder and suffix.
function flush_file() { if (open) print "    },"; open = 0 }
BEGIN { print "/* Made by embed.awk from prompts/ and prices/. */"; print "#include \"src/context/data_priv.h\"\n";
        print "#include <stddef.h>\n"; print "const struct context_data context_data[] = {" }
FNR == 1 { flush_file(); name = FILENAME; sub(/.*\//, "", name); sub(/\.[^.]*$/, "", name)
           printf "    {\n        \"%s\",\n", name; open = 1 }
{ gsub(/\\/, "\\\\"); gsub(/"/, "\\\""); printf "        \"%s\\n\"\n", $0 }
END { flush_file(); print "    {NULL, NULL},\n};" }
