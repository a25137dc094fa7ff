package reconciler

import (
	"slices"
	"strings"
	"testing"
)

// A StatefulSet's pods are taken by their ordinals, the highest first: these are
// numbers, with or without leading zeros, and a name may have numbers of its own.
func TestOrdinals(t *testing.T) {
	for want, ordered := range map[string]bool{
		"db-11 db-10 db-9 db-2 db-1 db-0":       true,
		"db-0010 db-009 db-08 db-1":             true,
		"db-2-100 db-10-99 db-3-7":              true,
		"db-2147483647 db-1000000 db-999999 db": true,
		"db-1 db-10 db-2":                       false,
	} {
		names := strings.Fields(want)
		slices.Sort(names)
		slices.SortFunc(names, func(a, b string) int { return compareNames(a, b, ordered) })
		if got := strings.Join(names, " "); got != want {
			t.Errorf("in order: %s; want %s", got, want)
		}
	}
}
