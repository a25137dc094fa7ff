package simulation

import (
	"time"
)

// chance is where all randomness of a run comes from. Each draw hangs on the
// seed, its kind, its object and how often both were drawn before, and on
// nothing else: the order in which goroutines run cannot change a run.
type chance struct {
	seed  uint64
	drawn map[occasion]uint64
}

type occasion struct{ kind, object string }

func (c *chance) draw(kind, object string) uint64 {
	at := occasion{kind, object}
	n := c.drawn[at]
	c.drawn[at] = n + 1
	return mix(c.seed ^ mix(letters(kind)+mix(letters(object)+mix(n))))
}

// letters is FNV-1a: a hash that is the same in every process.
func letters(text string) uint64 {
	sum := uint64(14695981039346656037)
	for i := range len(text) {
		sum = (sum ^ uint64(text[i])) * 1099511628211
	}
	return sum
}

// mix is the finalizer of splitmix64.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// odds is true so many times out of a thousand.
func (c *chance) odds(kind, object string, permille int) bool {
	return permille > 0 && c.draw(kind, object)%1000 < uint64(permille)
}

// pick is a number below n.
func (c *chance) pick(kind, object string, n int) int {
	return int(c.draw(kind, object) % uint64(n))
}

// span is a time between two, to the nanosecond: no two of a run are alike, so
// no two things happen at one instant.
func (c *chance) span(kind, object string, from, to time.Duration) time.Duration {
	return from + time.Duration(c.draw(kind, object)%uint64(to-from+1))
}

// one takes an element.
func one[T any](c *chance, kind, object string, of ...T) T {
	return of[c.pick(kind, object, len(of))]
}
