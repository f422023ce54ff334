# Whole runs: pty, sshd, Prometheus, kill -9.
