package registry

import (
	"fmt"
	"time"

	"github.com/patchwave/patchwave/localkube/hyper/tags"
)

// environment is what the program in the image reads its manners from.
func environment(o tags.Orders) []string {
	env := []string{"GAME_VERSION=" + o.Version}
	for _, span := range []struct {
		name string
		d    time.Duration
	}{{"START", o.Start}, {"STOP", o.Stop}, {"CRASH", o.Crash}} {
		if span.d > 0 {
			env = append(env, fmt.Sprintf("GAME_%s=%s", span.name, span.d))
		}
	}
	if o.Deaf {
		env = append(env, "GAME_DEAF=1")
	}
	return env
}
