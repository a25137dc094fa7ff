package main

import (
	"errors"
	"fmt"
	"testing"

	"github.com/patchwave/patchwave/localkube/machine"
)

func TestAnUnfitMachineHasAnExitCodeOfItsOwn(t *testing.T) {
	unfit := fmt.Errorf("starting: %w", &machine.Unfit{Reason: "it is a toaster"})
	if got := exitCode(unfit); got != 3 {
		t.Errorf("unfit: %d", got)
	}
	if got := exitCode(errors.New("anything else")); got != 1 {
		t.Errorf("anything else: %d", got)
	}
}

func TestCheckTellsAMachineThatCannotRunContainers(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	command := newCommand()
	command.SetArgs([]string{"check"})
	if err := command.Execute(); exitCode(err) != 3 {
		t.Errorf("without any tool: %v", err)
	}
}
