# What models are told, and what they cost: compiled in (src/context/context_data.c), and installed
# so that they can be copied and changed.
PROMPTS = prompts/investigate.md prompts/ask.md prompts/compact.md prompts/repair.md prompts/conclude.md \
	prompts/challenge.md
PRICES = prices/prices.yaml
promptsdir = $(pkgdatadir)/prompts
dist_prompts_DATA = $(PROMPTS)
pricesdir = $(pkgdatadir)/prices
dist_prices_DATA = $(PRICES)
