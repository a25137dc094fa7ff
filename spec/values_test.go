package spec

import (
	"testing"
	"time"
)

func TestAmountOf(t *testing.T) {
	for _, row := range []struct {
		amount        Amount
		matched, want int
	}{
		{Count(0), 10, 0},
		{Count(3), 10, 3},
		{Count(30), 10, 10},
		{Percent(0), 10, 0},
		{Percent(1), 10, 1},
		{Percent(25), 10, 2},
		{Percent(99), 10, 9},
		{Percent(100), 10, 10},
		{Percent(25), 1, 1},
		{Percent(25), 0, 0},
		{Count(1), 0, 0},
	} {
		if got := row.amount.Of(row.matched); got != row.want {
			t.Errorf("%s of %d is %d, not %d", row.amount, row.matched, got, row.want)
		}
	}
}

func TestPlanDefaults(t *testing.T) {
	var bare PlanSpec
	if waves := bare.EffectiveWaves(); len(waves) != 1 || waves[0].Pods != Percent(100) || waves[0].Soak != 0 {
		t.Errorf("waves: %v", waves)
	}
	if got := bare.Unavailable(8); got != 2 {
		t.Errorf("unavailable: %d of 8", got)
	}
	if bare.GracePeriod() != 0 || bare.MinReady() != 0 || bare.ProgressDeadline() != 10*time.Minute {
		t.Errorf("times: %v, %v, %v", bare.GracePeriod(), bare.MinReady(), bare.ProgressDeadline())
	}
	if image, ok := ImageFor(bare.Images, "server"); ok {
		t.Errorf("image: %q", image)
	}
}
