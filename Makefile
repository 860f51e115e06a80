# make demo   sets up, builds in release, trains a VAE on Fashion-MNIST, says where the images are
# make test   sets up, builds, and runs every test on every backend
# make check  the conformance report of every backend
# make bench  times every workload on every backend; BENCH="--filter vae --json new.json --compare old.json"
# make bench-peers  sets up PyTorch, JAX and the others, and times ours against theirs, in turn
# make schedules    the long trainings of docs/verification.md, on MNIST; SCHEDULES="rbm dbn" for some of them
# make lint         the format of every Swift file
# make sanitize     suites under the thread and the address sanitizer
# make docs         the reference of all libraries, in .build/documentation; a warning is an error

PACKAGES = libopenblas-dev liblapacke-dev ocl-icd-opencl-dev pocl-opencl-icd dataset-fashion-mnist unifont unicode-data \
	libdeflate-dev libpng-dev libturbojpeg0-dev libwebp-dev pkg-config
SUDO = $(shell [ "$$(id -u)" = 0 ] || echo sudo)
STRATA = .build/release/strata
# A module that is imported must be among the dependencies of its target.
CHECKED = --explicit-target-dependency-import-check error
# Failed tests tell their place without it, and it takes a part of the time to build.
QUICK = -debug-info-format none
# SwiftPM hands the traits to the compiler in the order of a set, which changes from process to process, and compiles
# everything anew when it does, but for this. (For builds alone: tests must not lean on the order of a set.)
BUILD = SWIFT_DETERMINISTIC_HASHING=1 swift build
DEBUG = $(BUILD) $(QUICK)

.PHONY: demo test setup build check bench bench-peers schedules lint sanitize docs test-bare test-nested clean

demo: build
	$(STRATA) train vae --data fashion-mnist --epochs 2 --seed 1 --out runs/demo --force
	@echo "images: runs/demo/samples.png runs/demo/reconstructions.png runs/demo/loss.svg"

build: setup
	$(BUILD) -c release --product strata

# The main suite comes last, so that its summary closes the output.
test: setup test-nested
	backends/SIMD/check-weak-symbols.sh .build/debug
	swift test --skip-build $(QUICK)

# Packages that depend on this one, as a user's would: one that embeds a model, one that brings a backend, and one that
# brings the command a backend, a model, a layer, a data set, an optimizer and a schedule. They are built where this one
# is, whose modules they share.
# SwiftPM does not see that a module behind an exported one has changed, nor that one of its files is gone; hence the touch.
HERE = --scratch-path $(CURDIR)/.build
test-nested: setup
	$(DEBUG) --build-tests $(CHECKED)
	cd Examples/Extending && touch Package.swift Sources/Extending/*.swift && $(DEBUG) $(HERE) && \
		$(CURDIR)/.build/debug/Extending train mine --data mine --backend template --optimizer mine --schedule mine \
		--epochs 2 --out runs/mine --force && \
		$(CURDIR)/.build/debug/Extending evaluate runs/mine
	cd Examples/Embedding && touch Package.swift Sources/Embedding/*.swift && $(DEBUG) $(HERE) && \
		$(CURDIR)/.build/debug/Embedding
	cd backends/Template && touch Package.swift && $(DEBUG) --build-tests $(HERE) && swift test --skip-build $(HERE)

# Every suite that needs no C library, in a build without any.
test-bare: setup
	swift test --disable-default-traits --scratch-path .build-bare

lint:
	git ls-files -z '*.swift' | xargs -0 swift format lint --strict --parallel

# What threads share, and what works with pointers; docs/verification.md has the suppressions and why. The first is also
# the build without any C library.
sanitize: setup
	$(BUILD) --build-tests --disable-default-traits --sanitize thread --scratch-path .build-thread
	TSAN_OPTIONS="suppressions=$(CURDIR)/Tests/thread-sanitizer.txt" swift test --skip-build \
		--disable-default-traits --sanitize thread --scratch-path .build-thread \
		--filter 'ConcurrencyTests|PredictorTests|BatchReaderTests|ExecutionTests' --skip runAllocatesNothing
	$(BUILD) --build-tests --traits PNG,JPEG,WebP --sanitize address --scratch-path .build-address
	ASAN_OPTIONS=detect_leaks=0 swift test --skip-build --traits PNG,JPEG,WebP --sanitize address \
		--scratch-path .build-address \
		--filter 'ExecutionTests|AffinityTests|VectorMathTests|StrataDataTests|StrataFilesTests' --skip runAllocatesNothing

LIBRARIES = Strata StrataBackend StrataGraph StrataCompiler StrataData StrataNN StrataModels StrataTraining \
	StrataEvaluation StrataRuns StrataWords StrataServer StrataONNX StrataSIMD StrataConformance
GRAPHS = .build/symbol-graphs
TRIPLE = $(shell swiftc -print-target-info | sed -n 's/.*"triple": "\(.*\)",.*/\1/p')

# Where the C modules are that those of the libraries import.
MODULE_MAPS = $(wildcard .build/debug/C*.build/module.modulemap \
	.build/checkouts/swift-*/Sources/[C_]*/include/module.modulemap)

docs: setup
	$(DEBUG)
	rm -rf $(GRAPHS) && mkdir $(GRAPHS)
	for library in $(LIBRARIES); do \
		swift symbolgraph-extract -module-name $$library -I .build/debug/Modules $(addprefix -I ,$(dir $(MODULE_MAPS))) \
			-target $(TRIPLE) -minimum-access-level public -output-dir $(GRAPHS) || exit 1; \
	done
	docc convert Sources/Strata/Strata.docc --additional-symbol-graph-dir $(GRAPHS) --warnings-as-errors \
		--fallback-display-name Strata --fallback-bundle-identifier strata --output-dir .build/documentation
	@echo "the reference: any web server on .build/documentation"

check: build
	for backend in simd blas opencl; do $(STRATA) check --backend $$backend || exit 1; done

bench: setup
	cd Benchmarks && swift run -c release strata-benchmarks $(BENCH)

bench-peers: build
	Benchmarks/peers/setup.sh
	Benchmarks/peers/.venv/bin/python Benchmarks/peers/compare.py $(BENCH)

schedules: build
	Benchmarks/schedules.sh $(SCHEDULES)

setup:
	@missing=$$(for p in $(PACKAGES); do dpkg -s $$p >/dev/null 2>&1 || echo $$p; done); \
	if [ -n "$$missing" ]; then \
		echo "installing:" $$missing; \
		$(SUDO) apt-get update -q && DEBIAN_FRONTEND=noninteractive $(SUDO) apt-get install -y -q $$missing; \
	fi

clean:
	rm -rf .build .build-bare .build-thread .build-address Benchmarks/.build Examples/*/.build \
		backends/Template/.build
