# Playbooks: compiled in (src/engine/plan/playbook_data.c), and installed so that they can be copied and changed.
PLAYBOOKS = \
	playbooks/add-swap.yaml \
	playbooks/availability-loss.yaml \
	playbooks/configuration-drift.yaml \
	playbooks/cost-analysis.yaml \
	playbooks/cost-anomaly.yaml \
	playbooks/data-inconsistency.yaml \
	playbooks/delete-file.yaml \
	playbooks/dependency-failure.yaml \
	playbooks/deployment-regression.yaml \
	playbooks/expire-silence.yaml \
	playbooks/flush-resolver.yaml \
	playbooks/free-disk-log.yaml \
	playbooks/free-disk.yaml \
	playbooks/kubernetes-processor.yaml \
	playbooks/lift-limit.yaml \
	playbooks/load-spike.yaml \
	playbooks/look-around.yaml \
	playbooks/look-at-alerts.yaml \
	playbooks/look-at-certificates.yaml \
	playbooks/look-at-disks.yaml \
	playbooks/network-connectivity.yaml \
	playbooks/performance-degradation.yaml \
	playbooks/permission-failure.yaml \
	playbooks/reload-unit.yaml \
	playbooks/remount-writable.yaml \
	playbooks/renice-process.yaml \
	playbooks/resource-saturation.yaml \
	playbooks/restart-supervised.yaml \
	playbooks/restart-unit.yaml \
	playbooks/revert-commit.yaml \
	playbooks/rotate-log.yaml \
	playbooks/scaling-failure.yaml \
	playbooks/security-group-review.yaml playbooks/security-group-revoke.yaml \
	playbooks/silence-alert.yaml \
	playbooks/start-unit.yaml \
	playbooks/stop-process.yaml \
	playbooks/stop-runaway.yaml \
	playbooks/stop-unit.yaml \
	playbooks/truncate-log.yaml
playbooksdir = $(pkgdatadir)/playbooks
dist_playbooks_DATA = $(PLAYBOOKS)
