package cluster

import (
	"fmt"
	"os"
	"syscall"
)

// lock keeps a second up or down out of the folder while one is at work. The lock dies with its holder.
func lock(dir string) (release func(), err error) {
	folder, err := os.Open(dir)
	if err != nil {
		return nil, fmt.Errorf("opening the state folder: %w", err)
	}
	if err := syscall.Flock(int(folder.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		folder.Close()
		return nil, fmt.Errorf("locking %q: another localkube is at work in it; wait for it, then try again (%w)", dir, err)
	}
	return func() { folder.Close() }, nil
}
