package cluster

import "time"

// moment is a time by two clocks. The steady one is never set, but may stand
// still while the machine is suspended. The wall clock runs on meanwhile, but
// somebody may set it.
type moment struct {
	steady time.Duration
	wall   time.Time
}

var began = time.Now()

func thisMoment() moment {
	now := time.Now()
	return moment{now.Sub(began), now.Round(0)}
}

// atMost is the time that may have passed since then: the more of the two clocks.
func (m moment) atMost(then moment) time.Duration {
	return max(m.steady-then.steady, m.wall.Sub(then.wall))
}

// atLeast is the time that has surely passed since then, by the clock that nobody sets.
func (m moment) atLeast(then moment) time.Duration { return m.steady - then.steady }
