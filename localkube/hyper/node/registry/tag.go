package registry

import (
	"cmp"
	"fmt"
	"strings"
	"time"
)

// order is what a tag asks of the registry, and of the program in the image.
type order struct {
	missing bool          // the registry does not have it
	broken  bool          // the registry answers 500
	slow    time.Duration // the registry answers late
	env     []string      // the program's manners
}

// words are what the parts of a tag after the first can say, each with a number of seconds or another duration.
var words = map[string]func(*order, time.Duration){
	"slow":  func(o *order, d time.Duration) { o.slow = d },
	"start": func(o *order, d time.Duration) { o.set("START", d) },
	"stop":  func(o *order, d time.Duration) { o.set("STOP", d) },
	"crash": func(o *order, d time.Duration) { o.set("CRASH", cmp.Or(d, 300*time.Millisecond)) },
	"deaf":  func(o *order, _ time.Duration) { o.env = append(o.env, "GAME_DEAF=1") },
	"bad":   func(o *order, _ time.Duration) { o.missing = true },
	"error": func(o *order, _ time.Duration) { o.broken = true },
}

func (o *order) set(name string, d time.Duration) {
	o.env = append(o.env, fmt.Sprintf("GAME_%s=%s", name, d))
}

// read takes a tag apart at its hyphens. What follows an underscore names the same image once more. Parts that mean
// nothing are part of the version, as is each one: two tags are two images.
func read(tag string) order {
	version, _, _ := strings.Cut(tag, "_")
	o := order{env: []string{"GAME_VERSION=" + version}}
	for _, part := range strings.Split(version, "-") {
		for word, apply := range words {
			if rest, found := strings.CutPrefix(part, word); found {
				d, err := time.ParseDuration(cmp.Or(rest, "0s"))
				if err == nil {
					apply(&o, d)
				}
			}
		}
	}
	return o
}
