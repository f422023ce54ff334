# Whole runs: pty, sshd, Prometheus, kill -9.
if HAVE_TESTS
# A program in a pseudo-terminal, for tests and benchmarks: link $(PTY_LIBS).
check_LIBRARIES += tests/lib/libpty.a
tests_lib_libpty_a_CFLAGS = $(RB_CFLAGS) $(VTERM_CFLAGS)
tests_lib_libpty_a_SOURCES = tests/lib/pty.c tests/lib/pty.h
PTY_LIBS = tests/lib/libpty.a $(VTERM_LIBS)

check_PROGRAMS += tests/e2e/test_pty
TESTS += tests/e2e/test_pty
tests_e2e_test_pty_SOURCES = tests/e2e/test_pty.c
tests_e2e_test_pty_CFLAGS = $(UNIT_CFLAGS)
tests_e2e_test_pty_LDADD = $(PTY_LIBS) $(BASE_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/e2e/test_init
TESTS += tests/e2e/test_init
tests_e2e_test_init_SOURCES = tests/e2e/test_init.c
tests_e2e_test_init_CFLAGS = $(UNIT_CFLAGS)
tests_e2e_test_init_LDADD = $(PTY_LIBS) $(BASE_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/e2e/test_journal_kill
TESTS += tests/e2e/test_journal_kill
tests_e2e_test_journal_kill_SOURCES = tests/e2e/test_journal_kill.c
tests_e2e_test_journal_kill_CFLAGS = $(UNIT_CFLAGS)
tests_e2e_test_journal_kill_LDADD = $(STORE_LIBS) $(CMOCKA_LIBS)

# Random keys, sizes and events: what the terminal shows is what a full drawing gives.
check_PROGRAMS += tests/e2e/tui_feeder tests/e2e/test_random_keys
TESTS += tests/e2e/test_random_keys
tests_e2e_tui_feeder_SOURCES = tests/e2e/tui_feeder.c tests/lib/demo_model.c tests/lib/demo_model.h
tests_e2e_tui_feeder_CFLAGS = $(UNIT_CFLAGS)
tests_e2e_tui_feeder_LDADD = $(UI_LIBS)
tests_e2e_test_random_keys_SOURCES = tests/e2e/test_random_keys.c tests/e2e/random_run.c tests/e2e/random_run.h tests/lib/meant.c tests/lib/meant.h
tests_e2e_test_random_keys_CFLAGS = $(UNIT_CFLAGS)
tests_e2e_test_random_keys_LDADD = $(PTY_LIBS) $(BASE_LIBS) $(CMOCKA_LIBS)
EXTRA_tests_e2e_test_random_keys_DEPENDENCIES = tests/e2e/tui_feeder$(EXEEXT)
# Every fault point of the screen's path, in a build with --enable-fault-injection.
check_PROGRAMS += tests/e2e/test_screen_faults
TESTS += tests/e2e/test_screen_faults
tests_e2e_test_screen_faults_SOURCES = tests/e2e/test_screen_faults.c
tests_e2e_test_screen_faults_CFLAGS = $(UNIT_CFLAGS)
tests_e2e_test_screen_faults_LDADD = $(PTY_LIBS) $(BASE_LIBS) $(CMOCKA_LIBS)
EXTRA_tests_e2e_test_screen_faults_DEPENDENCIES = runbook$(EXEEXT)
# Inside a real tmux.
check_PROGRAMS += tests/e2e/test_tmux
TESTS += tests/e2e/test_tmux
tests_e2e_test_tmux_SOURCES = tests/e2e/test_tmux.c
tests_e2e_test_tmux_CFLAGS = $(UNIT_CFLAGS)
tests_e2e_test_tmux_LDADD = $(PTY_LIBS) $(BASE_LIBS) $(CMOCKA_LIBS)
EXTRA_tests_e2e_test_tmux_DEPENDENCIES = tests/e2e/tui_demo$(EXEEXT)
# Inside a real GNU screen.
check_PROGRAMS += tests/e2e/test_gnu_screen
TESTS += tests/e2e/test_gnu_screen
tests_e2e_test_gnu_screen_SOURCES = tests/e2e/test_gnu_screen.c
tests_e2e_test_gnu_screen_CFLAGS = $(UNIT_CFLAGS)
tests_e2e_test_gnu_screen_LDADD = $(PTY_LIBS) $(BASE_LIBS) $(CMOCKA_LIBS)
EXTRA_tests_e2e_test_gnu_screen_DEPENDENCIES = tests/e2e/tui_demo$(EXEEXT)
check_PROGRAMS += tests/e2e/test_kill9
TESTS += tests/e2e/test_kill9
tests_e2e_test_kill9_SOURCES = tests/e2e/test_kill9.c
tests_e2e_test_kill9_CFLAGS = $(UNIT_CFLAGS)
tests_e2e_test_kill9_LDADD = $(ENGINE_LIBS) $(CMOCKA_LIBS)
# The full-screen frontend on a script, driven by test_tui_pty.
check_PROGRAMS += tests/e2e/tui_demo
tests_e2e_tui_demo_SOURCES = tests/e2e/tui_demo.c tests/lib/demo_approval.c tests/lib/demo_approval.h tests/lib/demo_model.c tests/lib/demo_model.h
tests_e2e_tui_demo_CFLAGS = $(UNIT_CFLAGS)
tests_e2e_tui_demo_LDADD = $(UI_LIBS)
check_PROGRAMS += tests/e2e/test_steer_pty
TESTS += tests/e2e/test_steer_pty
tests_e2e_test_steer_pty_SOURCES = tests/e2e/test_steer_pty.c tests/lib/tmpdir.h
tests_e2e_test_steer_pty_CFLAGS = $(UNIT_CFLAGS)
tests_e2e_test_steer_pty_LDADD = $(PTY_LIBS) $(BASE_LIBS) $(CMOCKA_LIBS)
EXTRA_tests_e2e_test_steer_pty_DEPENDENCIES = runbook$(EXEEXT)
check_PROGRAMS += tests/e2e/test_approval_pty
TESTS += tests/e2e/test_approval_pty
tests_e2e_test_approval_pty_SOURCES = tests/e2e/test_approval_pty.c
tests_e2e_test_approval_pty_CFLAGS = $(UNIT_CFLAGS)
tests_e2e_test_approval_pty_LDADD = $(PTY_LIBS) $(BASE_LIBS) $(CMOCKA_LIBS)
EXTRA_tests_e2e_test_approval_pty_DEPENDENCIES = tests/e2e/tui_demo$(EXEEXT)
check_PROGRAMS += tests/e2e/test_act_pty
TESTS += tests/e2e/test_act_pty
tests_e2e_test_act_pty_SOURCES = tests/e2e/test_act_pty.c
tests_e2e_test_act_pty_CFLAGS = $(UNIT_CFLAGS)
tests_e2e_test_act_pty_LDADD = $(PTY_LIBS) $(BASE_LIBS) $(CMOCKA_LIBS)
EXTRA_tests_e2e_test_act_pty_DEPENDENCIES = runbook$(EXEEXT)
EXTRA_DIST += tests/e2e/act_scene.sh
# Every operation of the table for real, on a machine of its own: run by test_act_real.sh.
ACT_RUN = tests/lib/act_run.c tests/lib/act_run.h tests/lib/tmpdir.h tests/e2e/act_scenes.c tests/e2e/act_scenes.h \
	tests/e2e/act_scenes_priv.h tests/e2e/act_scenes_process.c tests/e2e/act_scenes_server.c tests/e2e/act_scenes_system.c
check_PROGRAMS += tests/e2e/act_real
tests_e2e_act_real_SOURCES = tests/e2e/act_real.c $(ACT_RUN)
tests_e2e_act_real_CFLAGS = $(UNIT_CFLAGS)
tests_e2e_act_real_LDADD = $(ENGINE_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/e2e/act_faults
tests_e2e_act_faults_SOURCES = tests/e2e/act_faults.c $(ACT_RUN)
tests_e2e_act_faults_CFLAGS = $(UNIT_CFLAGS)
tests_e2e_act_faults_LDADD = $(ENGINE_LIBS) $(CMOCKA_LIBS)
TESTS += tests/e2e/test_act_real.sh tests/e2e/test_act_faults.sh
EXTRA_DIST += tests/e2e/act_machine.sh tests/e2e/act_services.sh tests/e2e/test_act_real.sh tests/e2e/test_act_faults.sh
check_PROGRAMS += tests/e2e/test_attack_pty
TESTS += tests/e2e/test_attack_pty
tests_e2e_test_attack_pty_SOURCES = tests/e2e/test_attack_pty.c
tests_e2e_test_attack_pty_CFLAGS = $(UNIT_CFLAGS)
tests_e2e_test_attack_pty_LDADD = $(PTY_LIBS) $(BASE_LIBS) $(CMOCKA_LIBS)
EXTRA_tests_e2e_test_attack_pty_DEPENDENCIES = runbook$(EXEEXT)
EXTRA_DIST += tests/e2e/attack_scene.sh
check_PROGRAMS += tests/e2e/test_skills
TESTS += tests/e2e/test_skills
tests_e2e_test_skills_SOURCES = tests/e2e/test_skills.c
tests_e2e_test_skills_CFLAGS = $(UNIT_CFLAGS)
tests_e2e_test_skills_LDADD = $(PTY_LIBS) $(BASE_LIBS) $(CMOCKA_LIBS)
EXTRA_tests_e2e_test_skills_DEPENDENCIES = runbook$(EXEEXT)
EXTRA_DIST += tests/e2e/skill_scene.sh
check_PROGRAMS += tests/e2e/test_input_pty
TESTS += tests/e2e/test_input_pty
tests_e2e_test_input_pty_SOURCES = tests/e2e/test_input_pty.c
tests_e2e_test_input_pty_CFLAGS = $(UNIT_CFLAGS)
tests_e2e_test_input_pty_LDADD = $(PTY_LIBS) $(BASE_LIBS) $(CMOCKA_LIBS)
EXTRA_tests_e2e_test_input_pty_DEPENDENCIES = tests/e2e/tui_demo$(EXEEXT)
check_PROGRAMS += tests/e2e/test_mouse_pty
TESTS += tests/e2e/test_mouse_pty
tests_e2e_test_mouse_pty_SOURCES = tests/e2e/test_mouse_pty.c
tests_e2e_test_mouse_pty_CFLAGS = $(UNIT_CFLAGS)
tests_e2e_test_mouse_pty_LDADD = $(PTY_LIBS) $(BASE_LIBS) $(CMOCKA_LIBS)
EXTRA_tests_e2e_test_mouse_pty_DEPENDENCIES = tests/e2e/tui_demo$(EXEEXT)
check_PROGRAMS += tests/e2e/test_tui_pty
TESTS += tests/e2e/test_tui_pty
tests_e2e_test_tui_pty_SOURCES = tests/e2e/test_tui_pty.c
tests_e2e_test_tui_pty_CFLAGS = $(UNIT_CFLAGS)
tests_e2e_test_tui_pty_LDADD = $(PTY_LIBS) $(BASE_LIBS) $(CMOCKA_LIBS)
EXTRA_tests_e2e_test_tui_pty_DEPENDENCIES = tests/e2e/tui_demo$(EXEEXT)
# The terminal's manners: clipboard, tmux, themes, slow and stuck lines.
check_PROGRAMS += tests/e2e/test_tty_pty
TESTS += tests/e2e/test_tty_pty
tests_e2e_test_tty_pty_SOURCES = tests/e2e/test_tty_pty.c tests/e2e/tty_run.h
tests_e2e_test_tty_pty_CFLAGS = $(UNIT_CFLAGS)
tests_e2e_test_tty_pty_LDADD = $(PTY_LIBS) $(BASE_LIBS) $(CMOCKA_LIBS)
EXTRA_tests_e2e_test_tty_pty_DEPENDENCIES = tests/e2e/tui_demo$(EXEEXT) runbook$(EXEEXT)
check_PROGRAMS += tests/e2e/test_text_pty
TESTS += tests/e2e/test_text_pty
tests_e2e_test_text_pty_SOURCES = tests/e2e/test_text_pty.c
tests_e2e_test_text_pty_CFLAGS = $(UNIT_CFLAGS)
tests_e2e_test_text_pty_LDADD = $(PTY_LIBS) $(BASE_LIBS) $(CMOCKA_LIBS)
EXTRA_tests_e2e_test_text_pty_DEPENDENCIES = tests/e2e/tui_demo$(EXEEXT)
check_PROGRAMS += tests/e2e/test_tty_lines
TESTS += tests/e2e/test_tty_lines
tests_e2e_test_tty_lines_SOURCES = tests/e2e/test_tty_lines.c tests/e2e/tty_run.h
tests_e2e_test_tty_lines_CFLAGS = $(UNIT_CFLAGS)
tests_e2e_test_tty_lines_LDADD = $(PTY_LIBS) $(BASE_LIBS) $(CMOCKA_LIBS)
EXTRA_tests_e2e_test_tty_lines_DEPENDENCIES = tests/e2e/tui_demo$(EXEEXT) runbook$(EXEEXT)
check_PROGRAMS += tests/e2e/test_screen_pty
TESTS += tests/e2e/test_screen_pty
tests_e2e_test_screen_pty_SOURCES = tests/e2e/test_screen_pty.c
tests_e2e_test_screen_pty_CFLAGS = $(UNIT_CFLAGS)
tests_e2e_test_screen_pty_LDADD = $(PTY_LIBS) $(BASE_LIBS) $(CMOCKA_LIBS)
EXTRA_tests_e2e_test_screen_pty_DEPENDENCIES = runbook$(EXEEXT)
# The screen's chat with a language model.
check_PROGRAMS += tests/e2e/test_chat_pty
TESTS += tests/e2e/test_chat_pty
tests_e2e_test_chat_pty_SOURCES = tests/e2e/test_chat_pty.c tests/lib/tmpdir.h
tests_e2e_test_chat_pty_CFLAGS = $(UNIT_CFLAGS)
tests_e2e_test_chat_pty_LDADD = $(STANDIN_LIBS) $(PTY_LIBS) $(CODEC_LIBS) $(CMOCKA_LIBS)
EXTRA_tests_e2e_test_chat_pty_DEPENDENCIES = runbook$(EXEEXT) tests/standin/standin$(EXEEXT)
# Makes real faults for test_host.sh.
check_PROGRAMS += tests/e2e/host_fault
tests_e2e_host_fault_SOURCES = tests/e2e/host_fault.c
tests_e2e_host_fault_CFLAGS = $(RB_CFLAGS)
tests_e2e_host_fault_LDADD = $(BASE_LIBS)
# Gives a recording that ships with the program its chain; see build-aux/demo-strip.
check_PROGRAMS += tests/e2e/demo_chain
tests_e2e_demo_chain_SOURCES = tests/e2e/demo_chain.c
tests_e2e_demo_chain_CFLAGS = $(UNIT_CFLAGS)
tests_e2e_demo_chain_LDADD = $(STORE_LIBS)
# Calls every API of real servers, for test_prometheus.sh.
check_PROGRAMS += tests/e2e/prom_probe
tests_e2e_prom_probe_SOURCES = tests/e2e/prom_probe.c
tests_e2e_prom_probe_CFLAGS = $(UNIT_CFLAGS)
tests_e2e_prom_probe_LDADD = $(SERVICE_LIBS)
endif

# Shell tests of the whole program; tests/lib/tap.sh has what they share.
SH_E2E = tests/e2e/test_investigate.sh
SH_E2E += tests/e2e/test_prometheus.sh
SH_E2E += tests/e2e/test_faults.sh
TESTS += $(SH_E2E)
EXTRA_DIST += tests/lib/tap.sh $(SH_E2E)

# The command line from outside.
TESTS += tests/e2e/cli.sh
EXTRA_DIST += tests/e2e/cli.sh

# What the investigator knows.
TESTS += tests/e2e/test_catalogue.sh
EXTRA_DIST += tests/e2e/test_catalogue.sh
# The service graph from outside.
TESTS += tests/e2e/test_graph.sh
EXTRA_DIST += tests/e2e/test_graph.sh

# Sessions, audit and replay from outside.
TESTS += tests/e2e/sessions.sh tests/e2e/logs.sh tests/e2e/audit.sh tests/e2e/policy.sh tests/e2e/skill.sh tests/e2e/skill_run.sh tests/e2e/redact.sh tests/e2e/secrets.sh tests/e2e/second_run.sh
EXTRA_DIST += tests/lib/sshd.sh tests/e2e/sessions.sh tests/e2e/logs.sh tests/e2e/audit.sh tests/e2e/policy.sh tests/e2e/skill.sh tests/e2e/skill_run.sh tests/e2e/redact.sh tests/e2e/secrets.sh tests/e2e/second_run.sh

# Four real faults of a machine, here and over ssh.
TESTS += tests/e2e/test_host.sh
EXTRA_DIST += tests/e2e/test_host.sh

# Plain mode through a pipe.
TESTS += tests/e2e/test_plain.sh
EXTRA_DIST += tests/e2e/test_plain.sh

# The recordings that ship.
TESTS += tests/e2e/test_demo.sh
EXTRA_DIST += tests/e2e/test_demo.sh

# Plain mode, the first run, replay and recordings on a terminal.
if HAVE_TESTS
check_PROGRAMS += tests/e2e/test_plain_pty
TESTS += tests/e2e/test_plain_pty
tests_e2e_test_plain_pty_SOURCES = tests/e2e/test_plain_pty.c
tests_e2e_test_plain_pty_CFLAGS = $(UNIT_CFLAGS)
tests_e2e_test_plain_pty_LDADD = $(PTY_LIBS) $(BASE_LIBS) $(CMOCKA_LIBS)
EXTRA_tests_e2e_test_plain_pty_DEPENDENCIES = runbook$(EXEEXT)
endif

# runbook eval on the bundled incidents, and its tools when they misbehave.
TESTS += tests/e2e/test_eval.sh
EXTRA_DIST += tests/e2e/test_eval.sh tests/e2e/eval_compare.py

# MCP servers from outside.
TESTS += tests/e2e/test_mcp.sh
EXTRA_DIST += tests/e2e/test_mcp.sh

# Every command without a network and without a key.
TESTS += tests/e2e/test_offline.sh
EXTRA_DIST += tests/e2e/test_offline.sh
# Plans: shown, dry, run for real.
TESTS += tests/e2e/test_plan.sh
EXTRA_DIST += tests/e2e/test_plan.sh

# Draws a live run and its journal, for test_agent.sh.
if HAVE_TESTS
check_PROGRAMS += tests/e2e/screen_same
tests_e2e_screen_same_SOURCES = tests/e2e/screen_same.c
tests_e2e_screen_same_CFLAGS = $(UNIT_CFLAGS)
tests_e2e_screen_same_LDADD = $(APP_LIBS)
endif

# A language model drives whole investigations, over the stand-in model server.
TESTS += tests/e2e/test_agent.sh
EXTRA_DIST += tests/e2e/test_agent.sh

# AWS from recorded exchanges, and the server that answers from them.
check_PROGRAMS += tests/e2e/aws_server
tests_e2e_aws_server_SOURCES = tests/e2e/aws_server.c tests/lib/awswire.c tests/lib/awswire.h tests/lib/httpd.c tests/lib/httpd.h
tests_e2e_aws_server_CFLAGS = $(RB_CFLAGS)
tests_e2e_aws_server_LDADD = $(SERVICE_LIBS) -lpthread
EXTRA_DIST += tests/e2e/test_cloudwatch.sh
TESTS += tests/e2e/test_cloudwatch.sh
EXTRA_DIST += tests/e2e/test_aws.sh tests/e2e/test_aws_health.sh tests/e2e/test_aws_scan.sh
EXTRA_DIST += tests/e2e/test_iam.sh tests/e2e/test_iam_wire.sh tests/e2e/test_iam_patterns.sh tests/lib/iam.sh
TESTS += tests/e2e/test_iam.sh tests/e2e/test_iam_wire.sh tests/e2e/test_iam_patterns.sh
# Every read operation once, for test_iam_wire.sh.
check_PROGRAMS += tests/e2e/aws_ask_all
tests_e2e_aws_ask_all_SOURCES = tests/e2e/aws_ask_all.c
tests_e2e_aws_ask_all_CFLAGS = $(RB_CFLAGS)
tests_e2e_aws_ask_all_LDADD = $(SERVICE_LIBS) -lpthread
TESTS += tests/e2e/test_aws.sh tests/e2e/test_aws_health.sh tests/e2e/test_aws_scan.sh
EXTRA_DIST += tests/e2e/test_security.sh
TESTS += tests/e2e/test_security.sh
# Hostile texts everywhere, and a model that obeys them.
if HAVE_TESTS
check_PROGRAMS += tests/e2e/test_injection
TESTS += tests/e2e/test_injection
tests_e2e_test_injection_SOURCES = tests/e2e/test_injection.c tests/e2e/inject_scenario.c tests/e2e/inject_world.c tests/e2e/inject_world.h tests/lib/httpd.c tests/lib/httpd.h tests/lib/tmpdir.h
tests_e2e_test_injection_CFLAGS = $(UNIT_CFLAGS) -pthread
tests_e2e_test_injection_LDADD = $(STANDIN_LIBS) $(CODEC_LIBS) $(CMOCKA_LIBS) -lpthread
EXTRA_tests_e2e_test_injection_DEPENDENCIES = runbook$(EXEEXT) tests/standin/standin$(EXEEXT)
endif
EXTRA_DIST += tests/injection
TESTS += tests/e2e/paths.sh tests/e2e/ssh_keys.sh
EXTRA_DIST += tests/e2e/paths.sh tests/e2e/ssh_keys.sh
# An estate of tests/cases/aws as rules for aws_fake.
check_PROGRAMS += tests/e2e/aws_world
tests_e2e_aws_world_SOURCES = tests/e2e/aws_world.c tests/lib/awsworld.c tests/lib/awsworld.h
tests_e2e_aws_world_CFLAGS = $(RB_CFLAGS)
tests_e2e_aws_world_LDADD = $(SERVICE_LIBS) -lpthread
check_PROGRAMS += tests/e2e/aws_fake
tests_e2e_aws_fake_SOURCES = tests/e2e/aws_fake.c tests/lib/awsfake.c tests/lib/awsfake.h tests/lib/awsone.c tests/lib/awsone.h tests/lib/awswire.c tests/lib/awswire.h tests/lib/httpd.c tests/lib/httpd.h
tests_e2e_aws_fake_CFLAGS = $(RB_CFLAGS)
tests_e2e_aws_fake_LDADD = $(SERVICE_LIBS) -lpthread
# The pages of AWS on a pseudo-terminal.
if HAVE_TESTS
check_PROGRAMS += tests/e2e/test_setup_pty
TESTS += tests/e2e/test_setup_pty
tests_e2e_test_setup_pty_SOURCES = tests/e2e/test_setup_pty.c tests/lib/awsfake.c tests/lib/awsfake.h tests/lib/awswire.c tests/lib/awswire.h tests/lib/httpd.c tests/lib/httpd.h tests/lib/awsone.c tests/lib/awsone.h
tests_e2e_test_setup_pty_CFLAGS = $(UNIT_CFLAGS)
tests_e2e_test_setup_pty_LDADD = $(PTY_LIBS) $(SERVICE_LIBS) $(CMOCKA_LIBS) -lpthread
EXTRA_tests_e2e_test_setup_pty_DEPENDENCIES = runbook$(EXEEXT)
check_PROGRAMS += tests/e2e/test_aws_pty
TESTS += tests/e2e/test_aws_pty
tests_e2e_test_aws_pty_SOURCES = tests/e2e/test_aws_pty.c tests/lib/awsfake.c tests/lib/awsfake.h tests/lib/awswire.c tests/lib/awswire.h tests/lib/httpd.c tests/lib/httpd.h tests/lib/awsone.c tests/lib/awsone.h
tests_e2e_test_aws_pty_CFLAGS = $(UNIT_CFLAGS)
tests_e2e_test_aws_pty_LDADD = $(PTY_LIBS) $(SERVICE_LIBS) $(CMOCKA_LIBS) -lpthread
EXTRA_tests_e2e_test_aws_pty_DEPENDENCIES = runbook$(EXEEXT)
endif
EXTRA_DIST += tests/e2e/test_accounts.sh
TESTS += tests/e2e/test_accounts.sh
EXTRA_DIST += tests/e2e/test_aws_patterns.sh
TESTS += tests/e2e/test_aws_patterns.sh
EXTRA_DIST += tests/e2e/test_aws_changes.sh
TESTS += tests/e2e/test_aws_changes.sh
check_PROGRAMS += tests/e2e/test_mfa
TESTS += tests/e2e/test_mfa
tests_e2e_test_mfa_SOURCES = tests/e2e/test_mfa.c tests/lib/awsfake.c tests/lib/awsfake.h tests/lib/awsone.c tests/lib/awsone.h tests/lib/awswire.c tests/lib/awswire.h tests/lib/httpd.c tests/lib/httpd.h tests/lib/tmpdir.h
tests_e2e_test_mfa_CFLAGS = $(UNIT_CFLAGS)
tests_e2e_test_mfa_LDADD = $(PTY_LIBS) $(SERVICE_LIBS) $(CMOCKA_LIBS) -lpthread
EXTRA_tests_e2e_test_mfa_DEPENDENCIES = runbook$(EXEEXT)
