# Documents, the man page and the completions. The last two are made by the program itself, so that they
# cannot disagree with it.
EXTRA_DIST += doc/ARCHITECTURE.md doc/CONFIGURATION.md doc/INVESTIGATOR.md doc/PLANS.md doc/REQUIREMENTS.md doc/SCREEN.md doc/runbook.1.in
dist_doc_DATA = README NEWS CONTRIBUTING COPYING doc/ARCHITECTURE.md doc/CONFIGURATION.md doc/INVESTIGATOR.md doc/PLANS.md doc/REQUIREMENTS.md doc/SCREEN.md

if !CROSS
nodist_man1_MANS = doc/runbook.1
bashcompdir = $(BASH_COMPLETION_DIR)
zshcompdir = $(ZSH_COMPLETION_DIR)
fishcompdir = $(FISH_COMPLETION_DIR)
nodist_bashcomp_DATA = doc/completion/bash/runbook
nodist_zshcomp_DATA = doc/completion/zsh/_runbook
nodist_fishcomp_DATA = doc/completion/fish/runbook.fish
CLEANFILES += $(nodist_man1_MANS) $(nodist_bashcomp_DATA) $(nodist_zshcomp_DATA) $(nodist_fishcomp_DATA)
endif

doc/runbook.1: doc/runbook.1.in runbook$(EXEEXT)
	@$(MKDIR_P) $(@D)
	$(AM_V_GEN)./runbook$(EXEEXT) __doc man $(srcdir)/doc/runbook.1.in >$@.words && \
	d=$$(date -u -d "@$${SOURCE_DATE_EPOCH:-$$(date +%s)}" '+%B %d, %Y' 2>/dev/null || date '+%B %d, %Y') && \
	$(SED) "s/@DATE@/$$d/" $@.words >$@.tmp && mv $@.tmp $@ && rm -f $@.words
doc/completion/bash/runbook: runbook$(EXEEXT)
	@$(MKDIR_P) $(@D)
	$(AM_V_GEN)./runbook$(EXEEXT) completion bash >$@.tmp && mv $@.tmp $@
doc/completion/zsh/_runbook: runbook$(EXEEXT)
	@$(MKDIR_P) $(@D)
	$(AM_V_GEN)./runbook$(EXEEXT) completion zsh >$@.tmp && mv $@.tmp $@
doc/completion/fish/runbook.fish: runbook$(EXEEXT)
	@$(MKDIR_P) $(@D)
	$(AM_V_GEN)./runbook$(EXEEXT) completion fish >$@.tmp && mv $@.tmp $@

# What keeps hostile texts from changing something.
EXTRA_DIST += doc/SAFETY.md
dist_doc_DATA += doc/SAFETY.md

# How a machine is judged.
EXTRA_DIST += doc/HOSTS.md
dist_doc_DATA += doc/HOSTS.md

# The formats of skills.
EXTRA_DIST += doc/SKILLS.md
dist_doc_DATA += doc/SKILLS.md
# Who has to say yes.
EXTRA_DIST += doc/APPROVAL.md
dist_doc_DATA += doc/APPROVAL.md
