package schema

import (
	"fmt"
	"strings"
)

// didYouMean suggests the candidate that was probably meant, or nothing.
func didYouMean(given string, candidates []string) string {
	if best := nearest(given, candidates); best != "" {
		return fmt.Sprintf(" (did you mean %q?)", best)
	}
	return ""
}

// nearest is the candidate that a slip of the keyboard makes of what is given; ""
// for none.
func nearest(given string, candidates []string) string {
	const most = 2 // slips of the keyboard; more is another word
	best, least := "", most+1
	for _, candidate := range candidates {
		if d := distance(strings.ToLower(given), strings.ToLower(candidate), most); d < least {
			best, least = candidate, d
		}
	}
	// Words as short as the slips are long resemble everything.
	if len(best) <= least+1 {
		return ""
	}
	return best
}

// distance is how many letters must be put in, taken out or replaced to turn
// one word into the other; more than most where their lengths differ by more.
func distance(a, b string, most int) int {
	if len(a)-len(b) > most || len(b)-len(a) > most {
		return most + 1
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replace := diagonal
			if a[i] != b[j] {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, diagonal+1, row[j]+1)
		}
	}
	return row[len(b)]
}
