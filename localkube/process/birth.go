package process

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
)

// birth says when the process with this pid began, in words that no later process with the same pid shares, and
// whether it is alive. A zombie is not.
func birth(pid int) (mark string, alive bool) {
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		return birthByPS(pid)
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return "", false
	}
	// The program's name stands in brackets and may hold anything. After it come the state and, 20th, the start.
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	if len(fields) < 20 {
		return "", false
	}
	return bootID() + "/" + fields[19], !strings.ContainsAny(fields[0], "ZX")
}

// bootID tells one boot from the next: start times are counted from the boot.
func bootID() string {
	id, _ := os.ReadFile("/proc/sys/kernel/random/boot_id")
	return strings.TrimSpace(string(id))
}

// birthByPS serves where there is no /proc.
func birthByPS(pid int) (mark string, alive bool) {
	out, err := exec.Command("ps", "-o", "stat=,lstart=", "-p", strconv.Itoa(pid)).Output()
	if err != nil {
		return "", false
	}
	state, began, _ := strings.Cut(strings.TrimSpace(string(out)), " ")
	return strings.TrimSpace(began), !strings.HasPrefix(state, "Z")
}
