#!/bin/sh
# embed.sh FILE... - definition files as C: each packed by gzip, and a table of id, group, name, name in signatures and where its bytes are, so
# that nothing has to be unpacked to know what there is. Comments are left out.
set -eu
: "${AWK:=awk}" "${GZIP_PROGRAM:=gzip}"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
echo '/* Made by embed.sh from services/aws. */'
echo '#include "src/service/aws/data_priv.h"'
echo '#include <stddef.h>'
echo 'const struct aws_data aws_data[] = {'
at=0
for f in "$@"; do
    grep -v '^#' "$f" | $GZIP_PROGRAM -9nc >"$dir/one"
    size=$(wc -c <"$dir/one" | tr -d ' ')
    $AWK -v at="$at" -v size="$size" '
        /^id:/ { sub(/^id: */, ""); id = $0 }
        /^group:/ { sub(/^group: */, ""); group = $0 }
        /^signing:/ { sub(/^signing: */, ""); signing = $0 }
        /^name:/ { sub(/^name: */, ""); gsub(/"/, ""); name = $0 }
        END { printf "    {\"%s\", \"%s\", \"%s\", \"%s\", %d, %d},\n", id, group, name, signing ? signing : id, at, size }' "$f"
    at=$((at + size))
    cat "$dir/one" >>"$dir/all"
done
echo '    {NULL, NULL, NULL, NULL, 0, 0},'
echo '};'
echo 'const unsigned char aws_data_bytes[] = {'
od -An -v -tu1 "$dir/all" | sed 's/^ */    /; s/  */,/g; s/^,/    /; s/$/,/'
echo '};'
