package schema

import (
	"strings"
	"testing"
	"time"
)

func TestInHours(t *testing.T) {
	for text, want := range map[string]string{
		"1d": "days 24h", "2d12h": "days 60h", "1w": "weeks 168h", "2w3d": "weeks 408h", "1.5d": "days 36h", "0.5w": "weeks 84h",
		"1d30m": "days 24h30m", "1d10m0s": "days 24h10m", "1D": "days 24h", "1 d 6h": "days 30h", "1d5s": "days 24h0m5s", "0d": "days 0s",
		"1d1d": "days ", "1d6": " ", "1d6x": "days ", "999999999d": "days ", "106751d23h48m": "days ", strings.Repeat("9", 400) + "d": "days ", "1.2.3d": "days ", "1d1h-30m": "days ",
		"": " ", "60h": " ", "d": " ", "w": " ", "-1d": " ", "1month": " ", "1y": " ", "two days": " ", "1d\n": " ",
	} {
		unit, duration := InHours(text)
		if got := unit + " " + duration; got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
		if _, err := time.ParseDuration(duration); duration != "" && err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestAsSeconds(t *testing.T) {
	for text, want := range map[string]string{
		"1m": "60", "90s": "90", "1h30m": "5400", "1d": "86400", "1w": "604800", "0": "0",
		"500ms": "", "-1m": "", "soon": "", "1": "", "999999h": "",
	} {
		f := fault{pointer: "/spec/gracePeriodSeconds", value: text, schema: map[string]any{"minimum": 0.0, "maximum": 2147483647.0}}
		if got := f.asSeconds(); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
	if got := (fault{pointer: "/spec/maxFailures", value: "1m"}).asSeconds(); got != "" {
		t.Errorf("a number of pods is to be %q", got)
	}
}
