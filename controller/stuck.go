package controller

import (
	"maps"
	"time"

	"github.com/patchwave/patchwave/reconciler"
	"github.com/patchwave/patchwave/spec"
)

// patience is how long a plan is stuck before anybody is told: most errors pass.
const patience = 30 * time.Second

// stick notes which plans could not be looked at or saved this time, and tells
// whether that is news.
func (w *worker) stick(errs map[spec.Key]error) (news bool) {
	now, since, lasting := w.Now(), map[spec.Key]time.Time{}, map[spec.Key]string{}
	for key, err := range errs {
		since[key] = now
		if first, before := w.since[key]; before {
			since[key] = first
		}
		if now.Sub(since[key]) >= patience {
			lasting[key] = err.Error()
		}
	}
	w.since = since
	w.mu.Lock()
	defer w.mu.Unlock()
	for key := range lasting {
		if first, told := w.stuck[w.namespace][key]; told { // its words may be others each time
			lasting[key] = first
		}
	}
	news = !maps.Equal(w.stuck[w.namespace], lasting)
	if w.stuck == nil {
		w.stuck = map[string]map[spec.Key]string{}
	}
	w.stuck[w.namespace] = lasting
	return news
}

// each is an error of the namespace, as one of each plan.
func each(plans []reconciler.Plan, err error) map[spec.Key]error {
	errs := map[spec.Key]error{}
	for _, plan := range plans {
		errs[plan.Key()] = err
	}
	return errs
}

// complain logs what is new: what closes the namespace once, and not for each plan. When
// it is closed by something else by then, that is said no sooner than patience has it.
func (w *worker) complain(closed error, errs map[spec.Key]error) {
	complaint := ""
	if closed != nil {
		complaint = closed.Error()
	}
	switch before := w.complaint; {
	case closed != nil && before != "" && (complaint == before || w.Now().Sub(w.complained) < patience):
		return // rights come one by one
	case closed != nil:
		w.complained = w.Now()
		w.Log.Warn("cannot work on the namespace; trying again", "namespace", w.namespace, "error", closed)
	case closed == nil && before != "":
		w.Log.Info("the namespace can be worked on", "namespace", w.namespace)
	}
	if w.complaint = complaint; closed != nil {
		return
	}
	said := map[spec.Key]string{}
	for key, err := range errs {
		if said[key] = err.Error(); said[key] != w.said[key] {
			w.Log.Warn("plan not looked at; trying again", "plan", key, "error", err)
		}
	}
	w.said = said
}

// stuckLocked are the stuck plans of all namespaces.
func (l *Loop) stuckLocked() map[spec.Key]string {
	all := map[spec.Key]string{}
	for _, some := range l.stuck {
		maps.Copy(all, some)
	}
	return all
}
