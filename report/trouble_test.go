package report

import (
	"errors"
	"fmt"
	"testing"
	"time"
)

func TestTrouble(t *testing.T) {
	limit := func(i int) error { return &listError{fmt.Sprintf("403, reset in %d s", i), limited} }
	var trouble Trouble
	for i, test := range []struct {
		after time.Duration
		err   error // nil: it works
		want  bool
	}{
		{0, nil, false},
		{0, errors.New("read tcp 127.0.0.1:1: i/o timeout"), true},
		{time.Minute, errors.New("read tcp 127.0.0.1:2: i/o timeout"), false},
		{2 * time.Minute, fmt.Errorf("looking: %w", limit(3)), true},
		{3 * time.Minute, limit(4), false},
		{61 * time.Minute, limit(5), false},
		{62 * time.Minute, limit(6), true},
		{63 * time.Minute, limit(7), false},
		{64 * time.Minute, &listError{"404", refused}, true},
		{65 * time.Minute, nil, true},
		{66 * time.Minute, nil, false},
		{67 * time.Minute, &listError{"404", refused}, true},
	} {
		var got bool
		if test.err == nil {
			got = trouble.Ends()
		} else {
			got = trouble.Worth(test.err, now.Add(test.after))
		}
		if got != test.want {
			t.Errorf("%d: %v after %s: %t", i, test.err, test.after, got)
		}
	}
}
