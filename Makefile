# The way in. `make` lists what there is.
FLAGS := --scratch-path $(CURDIR)/.build
RELEASE := $(CURDIR)/.build/release

# OPENBLAS_CORETYPE forces one set of kernels; set to an older core than the machine's it halves the speed.
FULL_SPEED := env -u OPENBLAS_CORETYPE

.DEFAULT_GOAL := help
.PHONY: help setup build test test-goldens fuzz fuzz-commands sanitize train experiments small-model long-checkpoints long-diff long-docs long-data long-scale long-training page-test report-test evaluation-page-test events-test serve-test slurm-test chaos lint format bench bench-engine bench-infer bench-step bench-tokenizer check-collectives doctor clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z%-]+:.*## /{printf "make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## install the libraries that are missing and check the Swift toolchain
	@bash scripts/setup.sh

build: setup ## build everything (CONFIG=release for the fast one)
	swift build $(FLAGS) -c $(or $(CONFIG),debug)

test: setup ## build and run all tests
	@bash scripts/run-tests.sh $(FLAGS)

test-goldens: setup ## the models' tests on the full set of reference answers (GOLDENS=FOLDER)
	R1_GOLDENS=$(abspath $(GOLDENS)) swift test $(FLAGS) --parallel --filter '^(VisionLanguageModel|PolicyOptimization)Tests\.'

test-real: setup ## a real text model's answers (MODEL=FOLDER, see RealModelTests.swift)
	R1_REAL_MODEL=$(abspath $(MODEL)) $(FULL_SPEED) swift test $(FLAGS) --filter '^VisionLanguageModelTests\.RealModelTests'

test-%: setup ## one package's tests, e.g. make test-Rewards
	swift test $(FLAGS) --filter '^$*Tests\.'

fuzz: setup ## throw changed files at the readers under the address sanitizer (FUZZ_SECONDS=60 each; FUZZERS="images")
	bash scripts/fuzz.sh $(or $(FUZZ_SECONDS),60) $(FUZZERS)

fuzz-commands: setup ## run random command lines of every program (COUNT=300 each, SEED=1)
	swift build $(FLAGS) -c release
	python3 scripts/fuzz-commands.py $(RELEASE) --count $(or $(COUNT),300) --seed $(or $(SEED),1)

long-checkpoints: setup ## what is too long for the tests: round trips, 16 GB, speeds, kills (PARTS="kills", MODELS="...")
	swift build $(FLAGS) -c release --product r1-convert
	bash scripts/long-checkpoints.sh $(RELEASE)/r1-convert $(or $(WORK),.build/long-checkpoints) \
	    $(or $(PARTS),round-trip outside speed opening big kills) -- $(or $(MODELS),$(wildcard Tests/Fixtures/checkpoints/*))

long-diff: setup ## r1-diff on a real model: every pair of forms, damage, speed against cat (MODEL=FOLDER)
	swift build $(FLAGS) -c release --product r1-convert
	swift build $(FLAGS) -c release --product r1-diff
	bash scripts/long-diff.sh $(RELEASE)/r1-diff $(RELEASE)/r1-convert $(or $(WORK),.build/long-checkpoints) $(MODEL)

long-data: setup ## r1-data: kills of a recipe, the filter's rule, a million rows, speed beside Python (PARTS="kills ratings")
	swift build $(FLAGS) -c release --product r1-data
	$(FULL_SPEED) python3 scripts/long-data.py $(RELEASE) --parts $(or $(PARTS),kills ratings million speed)

long-scale: setup ## r1-train on several processes: equal bytes, kills, errors, memory, speed, slow links (PARTS="same kills", SEED=1)
	swift build $(FLAGS) -c release --product r1-train
	$(FULL_SPEED) python3 scripts/long-scale.py $(RELEASE) --parts $(or $(PARTS),same kills errors memory speed links) --seed $(or $(SEED),1)

long-training: setup ## r1-train: 30 steps killed at 10 random moments, SIGTERM in each phase (PARTS="kills signals", SEED=1)
	swift build $(FLAGS) -c release --product r1-train
	python3 scripts/long-training.py $(RELEASE) --parts $(or $(PARTS),kills signals) --seed $(or $(SEED),1)

page-test: setup ## drive the web page in headless Chromium (REAL=1 with r1-infer serve; URL=http://... of a running server; SHOTS=FOLDER)
	$(if $(REAL),swift build $(FLAGS) -c release --product r1-infer)
	python3 scripts/page-tests/run.py $(if $(REAL),--real) $(if $(URL),--url $(URL)) $(if $(SHOTS),--screenshots $(SHOTS))

report-test: ## drive pages about runs or evaluations in headless Chromium (PAGES="FILE.html..."; SHOTS=FOLDER, AT=ID of a section)
	python3 scripts/page-tests/report.py $(if $(SHOTS),--screenshots $(SHOTS)) $(if $(AT),--at $(AT)) $(PAGES)

evaluation-page-test: setup ## write pages about made-up evaluations and drive them as report-test does (SHOTS=FOLDER, AT=ID)
	R1_WRITE_PAGES=$(CURDIR)/.build/evaluation-pages swift test $(FLAGS) --filter '^EvaluationReportsTests\.SamplePages'
	python3 scripts/page-tests/report.py $(if $(SHOTS),--screenshots $(SHOTS)) $(if $(AT),--at $(AT)) $(CURDIR)/.build/evaluation-pages/*.html

events-test: ## read the event files of a run with TensorBoard (RUN=FOLDER; needs pip install tensorboard; PYTHON=PROGRAM)
	$(or $(PYTHON),python3) scripts/check-events.py $(RUN)/events $(RUN)/metrics.jsonl $(RUN)/timing.jsonl --besides evaluation/ notices

serve-test: setup ## drive r1-infer serve with the openai client (ONLY=WORD; SOAK=MINUTES CLIENTS=64 for load instead)
	swift build $(FLAGS) -c release --product r1-infer
	python3 scripts/serve-tests/run.py $(if $(ONLY),--only $(ONLY)) $(if $(SOAK),--soak $(SOAK) --clients $(or $(CLIENTS),64))

slurm-test: setup ## as root: a run in a real Slurm of this machine is stopped, queues itself again, ends as one process does
	swift build $(FLAGS) -c release --product r1-train
	swift build $(FLAGS) -c release --product r1-diff
	$(FULL_SPEED) bash scripts/slurm-test.sh $(RELEASE)

chaos: setup ## damage runs and stop programs at random, check that nothing is silently wrong (CHAOS_MINUTES=30, CHAOS_SEED=1)
	swift build $(FLAGS) -c release --product r1-train
	python3 scripts/chaos.py $(RELEASE) Checkpoints/small-qwen25vl.h5 --minutes $(or $(CHAOS_MINUTES),30) \
	    --seed $(or $(CHAOS_SEED),1)

long-docs: setup ## run every command that README and the pages print, with small models
	swift build $(FLAGS) -c release
	python3 scripts/run-documented-commands.py $(RELEASE)

# The tests of TensorMath in a package of their own; blocks of tensors get their exact size (R1_SANITIZE). Leaks are not looked
# for: Swift's runtime keeps memory until the end. ThreadSanitizer passes over vectors of more than 16 bytes, hence the level.
SANITIZED = SWIFT_BACKTRACE=enable=no swift test --package-path Tests/Sanitize -Xswiftc -DR1_SANITIZE
REPORTS := $(CURDIR)/.build/sanitizer-reports

sanitize: setup ## the kernels' tests under AddressSanitizer, then ThreadSanitizer
	@rm -rf $(REPORTS) && mkdir -p $(REPORTS)
	ASAN_OPTIONS=detect_leaks=0:log_path=$(REPORTS)/address \
		$(SANITIZED) --sanitize=address --scratch-path $(CURDIR)/.build/sanitize-address || { cat $(REPORTS)/*; exit 1; }
	TSAN_OPTIONS=suppressions=$(CURDIR)/Tests/Sanitize/thread-suppressions.txt:log_path=$(REPORTS)/thread R1_CPU_LEVEL=portable \
		$(SANITIZED) --sanitize=thread --scratch-path $(CURDIR)/.build/sanitize-thread || { cat $(REPORTS)/*; exit 1; }

train: setup ## train on the handwritten images with GRPO, into runs/handwritten
	swift build $(FLAGS) -c release --product r1-train
	$(FULL_SPEED) $(RELEASE)/r1-train grpo --config Examples/handwritten/grpo.yaml --run runs/handwritten

experiments: setup ## the paper's questions in small; recorded runs are not repeated (SEEDS="1 2 3", ARMS="scaling filter", JOBS=2; PYTHON=PROGRAM)
	swift build $(FLAGS) -c release --product r1-train
	$(FULL_SPEED) $(or $(PYTHON),python3) scripts/experiments.py $(RELEASE)/r1-train --seeds $(or $(SEEDS),1 2 3) \
	    $(if $(ARMS),--arms $(ARMS)) --jobs $(or $(JOBS),1)

small-model: setup ## make the small starting model that ships and its filtered rows (forty minutes, once; needs scikit-learn, PYTHON=PROGRAM)
	swift build $(FLAGS) -c release --product r1-train
	swift build $(FLAGS) -c release --product r1-data
	$(FULL_SPEED) bash scripts/small-model.sh $(RELEASE)/r1-train $(RELEASE)/r1-data

lint: ## check the format of Swift files, the structure of the packages and the syntax of scripts
	swift format lint --strict -r Packages Tools Tests Fuzz Package.swift
	@for script in scripts/*.sh .ci/run; do bash -n $$script || exit 1; done
	@python3 scripts/check-structure.py

format: ## put Swift files into the format that lint checks
	swift format -i -r Packages Tools Tests Fuzz Package.swift

bench: setup ## measure the kernels (ROWS="products tape" for some of them)
	$(FULL_SPEED) swift run -c release --package-path Packages/TensorMath/Benchmarks benchmarks $(ROWS)

bench-engine: setup ## measure the generation engine (MODEL=CHECKPOINT, DTYPE=bfloat16, PARTS="speed batches group limit lookup")
	$(FULL_SPEED) swift run -c release --package-path Packages/VisionLanguageModel/Benchmarks engine-benchmark \
		$(or $(MODEL),$(CURDIR)/Checkpoints/small-qwen25vl.h5) $(DTYPE) $(PARTS)

bench-infer: setup ## generation in bfloat16, int8 and int4 (MODEL=CHECKPOINT; LLAMA=FOLDER of gguf files: llama.cpp beside it; FORMS="bfloat16 int8 int4")
	swift build -c release --package-path Packages/VisionLanguageModel/Benchmarks --product engine-benchmark
	python3 scripts/bench-infer.py Packages/VisionLanguageModel/Benchmarks/.build/release/engine-benchmark $(MODEL) \
	    $(if $(LLAMA),--llama $(LLAMA)) $(if $(PYTHON),--python $(PYTHON)) --rounds $(or $(ROUNDS),3) $(if $(FORMS),--forms $(FORMS))

bench-step: setup ## steps of a GRPO run beside their plan, the engine and a matrix product (CONFIG=FILE, SETTINGS="dtype=bfloat16")
	swift build $(FLAGS) -c release --product r1-train
	swift build -c release --package-path Packages/VisionLanguageModel/Benchmarks --product engine-benchmark
	swift build -c release --package-path Packages/TensorMath/Benchmarks
	python3 scripts/bench-step.py $(RELEASE)/r1-train \
		Packages/VisionLanguageModel/Benchmarks/.build/release/engine-benchmark \
		Packages/TensorMath/Benchmarks/.build/release/benchmarks $(or $(CONFIG),Examples/handwritten/grpo.yaml) $(foreach setting,$(SETTINGS),--set $(setting))

check-collectives: setup ## results of 2 and 4 processes beside those of threads, and their bytes a second (MEGABYTES=256)
	swift build $(FLAGS) -c release --product collectives-check
	bash scripts/check-collectives.sh $(RELEASE)/collectives-check $(or $(MEGABYTES),256)

bench-tokenizer: ## measure the tokenizer on one core (TEXT="FILE..." for other English than this project's pages)
	swift run -c release --package-path Packages/Tokenizer/Benchmarks tokenizer-benchmark \
		Tests/Fixtures/tokenizer/qwen25 $(or $(TEXT),README.md CONTRIBUTING.md docs/*.md Checkpoints/FORMAT.md)

doctor: ## say what this machine has and what slows it down
	@bash scripts/doctor.sh

clean: ## remove what building made; downloaded packages stay
	swift package $(FLAGS) clean
