// Package tags reads what the tag of a test image asks for: the real node's registry and the simulated kubelet are to
// understand the same words.
package tags

import (
	"cmp"
	"strings"
	"time"
)

// Orders are what a tag says of the image's way.
type Orders struct {
	Version string        // the part that names the image
	Missing bool          // the registry does not have it
	Broken  bool          // the registry answers 500
	Slow    time.Duration // the registry answers late
	Start   time.Duration // the program serves late
	Stop    time.Duration // it serves on after SIGTERM
	Crash   time.Duration // it ends by itself; 0 is never
	Deaf    bool          // it ignores SIGTERM
}

// words are what the parts of a tag can say, each with a duration where one is needed.
var words = map[string]func(*Orders, time.Duration){
	"slow":  func(o *Orders, d time.Duration) { o.Slow = d },
	"start": func(o *Orders, d time.Duration) { o.Start = d },
	"stop":  func(o *Orders, d time.Duration) { o.Stop = d },
	"crash": func(o *Orders, d time.Duration) { o.Crash = cmp.Or(d, 300*time.Millisecond) },
	"deaf":  func(o *Orders, _ time.Duration) { o.Deaf = true },
	"bad":   func(o *Orders, _ time.Duration) { o.Missing = true },
	"error": func(o *Orders, _ time.Duration) { o.Broken = true },
}

// Read takes a tag apart at its hyphens. What follows an underscore names the same image once more. Parts that mean
// nothing are part of the version, as is each one: two tags are two images.
func Read(tag string) Orders {
	version, _, _ := strings.Cut(tag, "_")
	o := Orders{Version: version}
	for part := range strings.SplitSeq(version, "-") {
		for word, apply := range words {
			if rest, found := strings.CutPrefix(part, word); found {
				if d, err := time.ParseDuration(cmp.Or(rest, "0s")); err == nil {
					apply(&o, d)
				}
			}
		}
	}
	return o
}
