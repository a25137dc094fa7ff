# Everything here needs Go, git and make, and nothing else.
SHELL := /bin/bash -o pipefail
GOLANGCI_LINT := v2.15.0
# The tests' own cluster; the demo has another.
CLUSTER := .localkube/test
export GOBIN := $(CURDIR)/bin
# The race detector needs a C compiler; Go switches cgo off where there is none.
RACE := $(if $(filter 1,$(shell go env CGO_ENABLED)),-race)
# Rooms without goroutines, of which a test makes sure: nothing can race there, and
# they are ten times faster without the detector.
PURE := ./reconciler ./align

.DEFAULT_GOAL := help
.PHONY: help build demo test unit simulation soak soak-align e2e bench faults lint fuzz cluster clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' Makefile

build: ## build bin/patchwave
	go build -trimpath -o bin/patchwave ./cmd/patchwave

demo: build bin/localkube ## show the main job on a local Kubernetes; about 1 minute, the first time some 10
	go run ./demo --patchwave bin/patchwave --localkube bin/localkube --dir .localkube/demo

test: ## run linters and all tests, and say how long each part took
	@./test.sh

unit: ## run the tests that need no cluster
	go test $(PURE)
	go test $(RACE) $$(go list ./... | grep -vE '/(reconciler|align)$$')
	cd localkube && go test -short $(RACE) ./...

simulation: ## run the real loop in simulated worlds: 5,000 of them, and for a minute at least
	go test -v -count=1 -timeout 60m ./simulation -run TestSimulation -runs 5000 -for 1m | grep -vE '^(=== |    --- )'

# A world again, with its timeline: make soak SEED=n
soak: ## run simulated worlds for as long as FOR=1h says, new ones each time
	go test -v -count=1 -timeout 0 ./simulation -run TestSimulation \
	  $(if $(SEED),-seed $(SEED),-runs 1 -from 0 -for $(or $(FOR),1h)) | grep -vE '^=== '

# On another Kubernetes: make e2e MINOR=1.37; or MINOR=1.35, without a real node
e2e: cluster ## run the end-to-end tests on a local Kubernetes
	@trap './bin/localkube down --dir $(CLUSTER)' EXIT; \
	  eval "$$(bin/localkube env --dir $(CLUSTER))"; \
	  PATCHWAVE_TEST_KUBECONFIG=$$KUBECONFIG PATCHWAVE_TEST_AUDIT_LOG=$$LOCALKUBE_AUDIT_LOG PATCHWAVE_TEST_REGISTRY=$$LOCALKUBE_REGISTRY \
	  PATCHWAVE_TEST_LOCALKUBE="$$PWD/bin/localkube" \
	  go test -v -count=1 -parallel 16 -timeout 25m ./e2e | grep --line-buffered -vE '^=== (RUN|PAUSE|CONT|NAME)'

# A thousand; as many as N=1000 says. On another Kubernetes: make soak-align MINOR=1.37
soak-align: bin/localkube ## align templates a thousand times, and look whether a pod is replaced; about 15 minutes
	@trap './bin/localkube down --dir .localkube/soak' EXIT; \
	  bin/localkube up --dir .localkube/soak --kubernetes "$(MINOR)" && \
	  eval "$$(bin/localkube env --dir .localkube/soak)" && \
	  PATCHWAVE_TEST_KUBECONFIG=$$KUBECONFIG \
	  go test -v -count=1 -timeout 2h -run TestManyAlignments ./e2e -args -alignments $(or $(N),1000) | grep --line-buffered -vE '^=== (RUN|PAUSE|CONT|NAME)'

# More or less: make bench BENCH="-pods 200 -rounds 1"
bench: bin/localkube ## compare roll-outs with a bare loop's; about 15 minutes
	@trap './bin/localkube down --dir .localkube/bench' EXIT; \
	  bin/localkube up --nodes 16 --dir .localkube/bench && \
	  eval "$$(bin/localkube env --dir .localkube/bench)" && \
	  PATCHWAVE_BENCH_KUBECONFIG=$$KUBECONFIG PATCHWAVE_BENCH_AUDIT_LOG=$$LOCALKUBE_AUDIT_LOG \
	  go test -v -count=1 -timeout 60m ./bench -args $(BENCH)

faults: ## plant faults and look whether the tests catch each
	go run ./faults

lint: bin/golangci-lint ## run the linters
	bin/golangci-lint run --allow-parallel-runners ./...
	cd localkube && ../bin/golangci-lint run --allow-parallel-runners --config ../.golangci.yaml --disable forbidigo ./...

fuzz: ## fuzz plans, positions, windows, the Git protocol, webhooks and quoting, a minute each
	go test -run '^$$' -fuzz FuzzLoad -fuzztime 1m ./spec
	go test -run '^$$' -fuzz FuzzSameImage -fuzztime 1m ./spec
	go test -run '^$$' -fuzz FuzzWindow -fuzztime 1m ./calendar
	go test -run '^$$' -fuzz FuzzRefs -fuzztime 1m ./gitsrc
	go test -run '^$$' -fuzz FuzzReceiver -fuzztime 1m ./report/webhook
	go test -run '^$$' -fuzz FuzzCode -fuzztime 1m ./report

# Exit code 3 says why this machine cannot have a real node.
cluster: bin/localkube
	@bin/localkube up --kubernetes "$(MINOR)" $(if $(filter 1.35,$(MINOR)),,--kubelet) --dir $(CLUSTER) || { [ $$? = 3 ] && bin/localkube up --kubernetes "$(MINOR)" --dir $(CLUSTER); }

bin/localkube: $(shell find localkube -name '*.go' -o -name 'go.*')
	cd localkube && go build -o ../bin/localkube .

bin/golangci-lint:
	go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_LINT)

clean: ## take local clusters down and remove what was built
	-[ -x bin/localkube ] && for d in .localkube/*/; do bin/localkube down --dir "$$d"; done
	rm -rf bin .localkube
