package controller

import (
	"time"

	"github.com/patchwave/patchwave/spec"
)

// hearing is how long the record of a plan that is gone waits to be heard of.
const hearing = time.Hour

// heard tells whether the record of a plan that is gone may go: nobody else
// knows which commits still await their end.
func (w *worker) heard(plan spec.Key, now time.Time) bool {
	if _, waits := w.gone[plan]; !waits {
		w.gone[plan] = now
	}
	return w.Audience.Heard() || now.Sub(w.gone[plan]) >= hearing
}
