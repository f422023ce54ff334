# Recorded investigations for `runbook demo`: installed, and found beside the sources.
demosdir = $(pkgdatadir)/demos
dist_demos_DATA = \
	demos/LICENSE.sock-shop \
	demos/README \
	demos/disk-full.blobs \
	demos/disk-full.jsonl \
	demos/petshop-healthy.blobs \
	demos/petshop-healthy.jsonl \
	demos/petshop-latency.blobs \
	demos/petshop-latency.jsonl \
	demos/sockshop-memory.blobs \
	demos/sockshop-memory.jsonl
EXTRA_DIST += build-aux/demo-strip
