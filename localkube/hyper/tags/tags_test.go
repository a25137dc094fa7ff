package tags

import (
	"testing"
	"time"
)

func TestRead(t *testing.T) {
	for tag, want := range map[string]Orders{
		"v1":               {Version: "v1"},
		"v1_again-bad":     {Version: "v1"},
		"bad-1":            {Version: "bad-1", Missing: true},
		"v2-bad":           {Version: "v2-bad", Missing: true},
		"badly":            {Version: "badly"},
		"v1-error-slow4s":  {Version: "v1-error-slow4s", Broken: true, Slow: 4 * time.Second},
		"v2-start5s-crash": {Version: "v2-start5s-crash", Start: 5 * time.Second, Crash: 300 * time.Millisecond},
		"v3-stop1.5s-deaf": {Version: "v3-stop1.5s-deaf", Stop: 1500 * time.Millisecond, Deaf: true},
	} {
		if got := Read(tag); got != want {
			t.Errorf("%s: got %+v, want %+v", tag, got, want)
		}
	}
}
