#!/bin/sh
# build-aux/second-run: what a second run, alone, excuses and what it never does, on made-up builds whose tests the real
# driver runs; and that bootstrap's sum counts it so.
. "${RB_SRCDIR:-.}/tests/lib/tap.sh"
src=$(cd "$RB_SRCDIR" && pwd)
[ -f "$src/build-aux/tap-driver.sh" ] || skip_all "there is no driver of tests yet"
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES
tab=$(printf '\t')
cd "$work" || exit 1

# make_build NAME TEST...: a build folder whose tests are the scripts of that name, and its first run, beside each other
make_build() {
    b=$work/$1
    shift
    mkdir -p "$b/tests"
    tests=$*
    # shellcheck disable=SC2016 # make expands them
    {
        echo "TESTS = $tests"
        echo 'TEST_LOGS = $(TESTS:=.log)'
        echo 'check: ; rm -f $(TEST_LOGS) $(TEST_LOGS:.log=.trs) test-suite.log; $(MAKE) -k test-suite.log'
        echo 'test-suite.log: $(TEST_LOGS)'
        echo "${tab}! grep -h '^:test-result: [FXE][ARP][IAR]' \$(TEST_LOGS:.log=.trs)"
        echo "${tab}touch \$@"
        echo '%.log:'
        echo "${tab}@AM_TAP_AWK=awk sh $src/build-aux/tap-driver.sh --test-name \$* --log-file \$@ --trs-file \$*.trs --color-tests no --enable-hard-errors yes --expect-failure no -- sh $src/build-aux/tap-run sh scripts/\$*"
    } >"$b/Makefile"
    mkdir -p "$b/scripts/tests"
    for t in $tests; do
        [ ! -f "made/${t#tests/}" ] || cp "made/${t#tests/}" "$b/scripts/$t"
    done
    touch "$b/.since"
    wait_for 60 newer
    (cd "$b" && make -j3 check >first.out 2>&1)
}
newer() { # a file that is made now is newer than the stamp, also where times are coarse
    touch "$b/.now"
    [ -n "$(find "$b/.now" -newer "$b/.since")" ]
}
second() { # its exit status in $rc, its output in out
    "$src/build-aux/second-run" --since "$b/.since" "$b" >out 2>&1
    rc=$?
    "$src/build-aux/count-tests" --since "$b/.since" --make-status "$rc" "$b" >sum
}
says() { # RC SUM PATTERN
    [ "$rc" -eq "$1" ] && [ "$(tail -n 1 sum)" = "$2" ] && grep -q -e "$3" out
}

mkdir made
echo 'echo 1..2; echo ok 1 - a; echo ok 2 - b' >made/good
# fails as long as another one runs, or for the first time
cat >made/chance <<'END'
echo 1..2
echo ok 1 - a
if mkdir ran 2>/dev/null; then echo 'not ok 2 - by chance'; echo '# 7 passed, 0 failed, 0 skipped'; exit 1; fi
echo ok 2 - by chance
END
echo 'echo 1..1; echo not ok 1 - always; exit 1' >made/bad
first='if mkdir ran 2>/dev/null; then' # the first run does it
echo "echo 1..1; $first kill -SEGV \$\$; fi; echo ok 1 - a" >made/crash
echo "echo 1..1; $first kill -KILL \$\$; fi; echo ok 1 - a" >made/killed
echo "echo 1..1; $first echo '==7==ERROR: AddressSanitizer: heap-use-after-free'>&2; echo not ok 1 - a; exit 1; fi; echo ok 1 - a" >made/asan
echo "echo 1..1; $first echo 'x.c:3:4: runtime error: signed integer overflow' >&2; echo not ok 1 - a; exit 1; fi; echo ok 1 - a" >made/ubsan
echo "echo 1..1; $first echo 'WARNING: ThreadSanitizer: data race (pid=9)'; echo not ok 1 - a; exit 1; fi; echo ok 1 - a" >made/tsan
echo "echo 1..1; $first echo 'SUMMARY: LeakSanitizer: 12 byte(s) leaked' >&2; echo not ok 1 - a; exit 1; fi; echo ok 1 - a" >made/leak
echo "echo 1..1; $first echo '# exit 139, not 0'; echo not ok 1 - a; exit 1; fi; echo ok 1 - a" >made/child
echo "$first echo 1..3; echo ok 1 - a; exit 0; fi; echo 1..1; echo ok 1 - a" >made/short

what="what passes alone counts as passed, is named, and says what failed at first"
make_build one tests/good tests/chance
second
if says 0 "4 passed, 0 failed, 0 skipped" '^passed at a second run, alone: tests/chance' && grep -q '^    .*by chance' out &&
    grep -q '^second runs: 1 test programs failed, 1 of them passed alone$' out; then ok "$what"; else not_ok "$what" out sum; fi
what="nothing that it prints looks like a sum"
if grep -qE '[0-9]+ passed, [0-9]+ failed' out; then not_ok "$what" out; else ok "$what"; fi
what="the log of the first run is kept"
check "$what" grep -q '^not ok 2 - by chance' "$b/second-run/tests_chance.log"

what="what fails alone as well counts as failed, also beside one that passes"
make_build two tests/good tests/chance tests/bad
second
if says 1 "4 passed, 2 failed, 0 skipped" '^failed at a second run, alone, as well: tests/bad' &&
    grep -q '^passed at a second run, alone: tests/chance' out; then ok "$what"; else not_ok "$what" out sum; fi

for kind in crash killed asan ubsan tsan leak child; do
    what="never excused: $kind"
    make_build "never-$kind" tests/good "tests/$kind"
    second
    if [ "$rc" -eq 1 ] && grep -q "^no second run: tests/$kind: not excused" out && ! grep -q '^passed at' out &&
        ! tail -n 1 sum | grep -q ', 0 failed'; then ok "$what"; else not_ok "$what" out sum "$b/tests/$kind.log"; fi
done

what="a program that ended too early is run again"
make_build short tests/good tests/short
second
if says 0 "3 passed, 0 failed, 0 skipped" '^passed at a second run, alone: tests/short'; then ok "$what"; else not_ok "$what" out sum; fi

what="a build that failed is no test that failed"
make_build broken tests/good
"$src/build-aux/second-run" --since "$b/.since" "$b" >out 2>&1
rc=$?
"$src/build-aux/count-tests" --since "$b/.since" --make-status "$rc" "$b" >sum
if [ "$rc" -eq 1 ] && [ ! -s out ] && [ "$(tail -n 1 sum)" = "2 passed, 1 failed, 0 skipped" ]; then ok "$what"; else not_ok "$what" out sum; fi

what="a result that is missing is not excused by one that passes alone"
make_build missing tests/good tests/chance tests/none
second
if [ "$rc" -ne 0 ] && ! tail -n 1 sum | grep -q ', 0 failed'; then ok "$what"; else not_ok "$what" out sum; fi

what="eleven that fail are no chance: none is run again"
many=
for i in 1 2 3 4 5 6 7 8 9 10 11; do
    cp made/bad "made/bad$i"
    many="$many tests/bad$i"
done
# shellcheck disable=SC2086 # words
make_build many $many
second
if [ "$rc" -eq 1 ] && grep -q '^second runs: none, 11 ' out; then ok "$what"; else not_ok "$what" out sum; fi

what="results of an earlier run are left alone"
make_build old tests/good tests/bad
touch "$b/.since"
wait_for 60 newer
rm -f "$b/tests/good.trs" "$b/tests/good.log"
(cd "$b" && make tests/good.log >/dev/null 2>&1)
second
if [ "$rc" -eq 1 ] && ! grep -q 'tests/bad' out; then ok "$what"; else not_ok "$what" out sum; fi

what="bootstrap check and .ci/run use it, and .ci/run says how many there were"
if grep -q 'build-aux/second-run' "$src/bootstrap" && grep -q 'build-aux/second-run' "$src/.ci/run" &&
    grep -q 'passed only at a second run, alone: ' "$src/.ci/run"; then ok "$what"; else not_ok "$what"; fi
done_testing
