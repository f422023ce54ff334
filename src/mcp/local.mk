# What this folder may include: base codec loop net model tool (STYLE table in doc/ARCHITECTURE.md).
noinst_LIBRARIES += src/mcp/librb_mcp.a
src_mcp_librb_mcp_a_CFLAGS = $(RB_CFLAGS)
src_mcp_librb_mcp_a_SOURCES = src/mcp/client.c src/mcp/http.c src/mcp/list.c src/mcp/mcp.c src/mcp/offer.c src/mcp/result.c
src_mcp_librb_mcp_a_SOURCES += src/mcp/request.c src/mcp/rpc.c src/mcp/schema.c src/mcp/stdio.c src/mcp/tools.c
noinst_HEADERS += src/mcp/mcp_priv.h
# What a test of this folder links: this library and the rows below it, no more.
MCP_LIBS = src/mcp/librb_mcp.a $(TOOL_LIBS)
