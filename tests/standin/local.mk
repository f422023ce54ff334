# A stand-in for the vendors' model servers: README says how to use it.
EXTRA_DIST += tests/standin/README tests/standin/standin.h
check_PROGRAMS += tests/standin/standin
tests_standin_standin_CFLAGS = $(RB_CFLAGS) -pthread
tests_standin_standin_LDADD = $(CODEC_LIBS) -lpthread
tests_standin_standin_SOURCES = tests/standin/main.c tests/standin/http.c tests/standin/talk.c
tests_standin_standin_SOURCES += tests/standin/scenario.c tests/standin/answer.c tests/standin/record.c
tests_standin_standin_SOURCES += tests/standin/check.c tests/standin/frames.c tests/standin/sigv4.c
tests_standin_standin_SOURCES += tests/standin/check_anthropic.c tests/standin/say_anthropic.c
tests_standin_standin_SOURCES += tests/standin/check_chat.c tests/standin/say_chat.c
tests_standin_standin_SOURCES += tests/standin/check_responses.c tests/standin/say_responses.c
tests_standin_standin_SOURCES += tests/standin/check_bedrock.c tests/standin/say_bedrock.c
TESTS += tests/standin/test_standin.sh
EXTRA_DIST += tests/standin/test_standin.sh

# Starts it for a test in C: link $(STANDIN_LIBS), and name the program as a dependency.
check_LIBRARIES += tests/lib/libstandin.a
tests_lib_libstandin_a_CFLAGS = $(RB_CFLAGS)
tests_lib_libstandin_a_SOURCES = tests/lib/standin.c tests/lib/standin.h
STANDIN_LIBS = tests/lib/libstandin.a
# The vendors' own SDKs; only with RUNBOOK_NPM=FOLDER.
TESTS += tests/standin/test_sdk.sh
EXTRA_DIST += tests/standin/test_sdk.sh tests/standin/sdk.mjs tests/standin/sdk.yaml
