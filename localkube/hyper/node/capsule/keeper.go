package capsule

import (
	"errors"
	"os/signal"
	"syscall"
	"time"
)

// keeper is the first process's work: it starts daemons, starts them again when they end, and buries every process
// that has lost its parent.
type keeper struct {
	config  *Config
	daemons []*daemon
	deaths  chan death
}

type death struct {
	pid    int
	status syscall.WaitStatus
}

func newKeeper(c *Config) *keeper {
	return &keeper{config: c, daemons: c.daemons(), deaths: make(chan death)}
}

// keep looks after the daemons at each tick and each end. Signals end the first process of a capsule only by force.
func (k *keeper) keep() error {
	signal.Ignore(syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	if err := k.tend(); err != nil {
		return err
	}
	go k.bury()
	again := time.NewTicker(200 * time.Millisecond)
	defer again.Stop()
	for {
		var err error
		select {
		case d := <-k.deaths:
			err = k.lost(d)
		case <-again.C:
			err = k.tend()
		}
		if err != nil {
			return err
		}
	}
}

// tend starts what shall run and stops what is held, in order; one that others need is waited for.
func (k *keeper) tend() error {
	for _, d := range k.daemons {
		if exists(k.config.own("held", d.name)) {
			if err := d.stop(); err != nil {
				return err
			}
			continue
		}
		if d.pid == 0 && time.Since(d.began) > time.Second {
			if err := d.start(k.config.path("logs", d.name+".log")); err != nil {
				return err
			}
		}
		if !d.serves() {
			return nil
		}
	}
	return nil
}

func (k *keeper) lost(dead death) error {
	for _, d := range k.daemons {
		if d.pid == dead.pid {
			held := exists(k.config.own("held", d.name))
			if err := d.ended(dead.status); err != nil && !held {
				return err
			}
		}
	}
	return nil
}

// bury waits for the end of any child.
func (k *keeper) bury() {
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, 0, nil)
		switch {
		case err == nil:
			k.deaths <- death{pid, status}
		case errors.Is(err, syscall.ECHILD):
			time.Sleep(50 * time.Millisecond)
		}
	}
}
