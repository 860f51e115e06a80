# make demo   sets up, builds in release, trains a VAE on Fashion-MNIST, says where the pictures are
# make test   sets up, builds, and runs every test on every backend
# make check  the conformance report of every backend
# make bench  times every workload on every backend; BENCH="--filter vae --json new.json --compare old.json"
# make bench-peers  sets up PyTorch, JAX and the others, and times ours against theirs, in turn
# make schedules    the long trainings of docs/verification.md, on MNIST; SCHEDULES="rbm dbn" for some of them

PACKAGES = libopenblas-dev liblapacke-dev ocl-icd-opencl-dev pocl-opencl-icd dataset-fashion-mnist libdeflate-dev \
	libpng-dev pkg-config
SUDO = $(shell [ "$$(id -u)" = 0 ] || echo sudo)
STRATA = .build/release/strata

.PHONY: demo test setup build check bench bench-peers schedules test-bare test-nested clean

demo: build
	$(STRATA) train vae --data fashion-mnist --epochs 2 --seed 1 --out runs/demo --force
	@echo "pictures: runs/demo/samples.png runs/demo/reconstructions.png runs/demo/loss.svg"

build: setup
	swift build -c release --product strata

# The main suite comes last, so that its summary closes the output.
test: setup test-bare test-nested
	swift build --build-tests
	backends/SIMD/check-weak-symbols.sh .build/debug
	swift test --skip-build

# A build without any C library must work, and pass its tests.
test-bare: setup
	swift test --disable-default-traits --scratch-path .build-bare

# Packages that depend on this one, as a user's would: one that embeds a model, one that brings a backend, and one that
# brings the command a backend, a model, a layer, a data set, an optimiser and a schedule.
# SwiftPM does not see that a module behind an exported one has changed, nor that one of its files is gone; hence the touch.
test-nested: setup
	cd Examples/Embedding && touch Package.swift Sources/Embedding/*.swift && swift run
	cd backends/Template && touch Package.swift && swift test
	cd Examples/Extending && touch Package.swift Sources/Extending/*.swift && \
		swift run Extending train mine --data mine --backend template --optimizer mine --schedule mine --epochs 2 \
		--out runs/mine --force && \
		swift run Extending evaluate runs/mine

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
	rm -rf .build .build-bare Benchmarks/.build Examples/Embedding/.build Examples/Extending/.build backends/Template/.build
