# make run     sets up what is missing, builds, opens the window
# make test    sets up what is missing, runs every lane; LANE=rooms runs one
# make tour    plays the main job in the real window under a virtual display
# make bench-match    quality and speed of the matching beside four baselines, as one table
# make bench-fetch    fetches 100,000 objects under Stripe's limits and says how near it comes to them
# make bench-desk     how long each act takes in a book of 5,000 invoices, as one table
# make bindings, make icons    print the generated files again

PAGE := $(shell find ui -path ui/node_modules -prune -o -path ui/dist -prune -o -type f -print 2>/dev/null)

.PHONY: run test tour page program bindings icons bench-match bench-fetch bench-desk

run: program
	@.ci/run-window

test:
	@.ci/lanes $(LANE)

tour:
	@.ci/lanes setup window

# One selection of packages everywhere: another one would compile half of them again.
program: page
	@cargo build --workspace --locked

page: ui/dist/index.html

ui/dist/index.html: $(PAGE)
	@.ci/setup program
	@cd ui && npm run --silent build -- --logLevel warn && touch dist/index.html

bindings:
	COUNTERSIGN_PRINT_BINDINGS=1 cargo test --quiet --package countersign-desk --test bindings

bench-match:
	cargo run --release --package countersign-matching --bin match-bench
	cargo run --release --package countersign-matching --bin match-bench speed

bench-fetch:
	cargo run --release --package countersign-cli -- fetch-bench

bench-desk:
	cargo run --release --package countersign-cli -- desk-bench

icons:
	node icons/make.mjs
