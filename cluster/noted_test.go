package cluster

import (
	"context"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/cache"
)

// refusingWatches answers each watch with an error.
type refusingWatches struct {
	cache.ListerWatcherWithContext
	err error
}

func (r refusingWatches) WatchWithContext(context.Context, metav1.ListOptions) (watch.Interface, error) {
	return nil, r.err
}

// A server that sends no list by a watch is asked for one: that is no word on what can
// be read. Any other refusal is.
func TestListsByWatches(t *testing.T) {
	unknown := apierrors.NewBadRequest("sendInitialEvents is not supported")
	denied := apierrors.NewForbidden(schema.GroupResource{Resource: "pods"}, "", nil)
	for name, test := range map[string]struct {
		err   error
		asks  bool // for a list by the watch
		noted bool
	}{
		"not supported":           {unknown, true, false},
		"bad for another reason":  {unknown, false, true},
		"no right to watch":       {denied, true, true},
		"the server is not there": {context.DeadlineExceeded, true, true},
	} {
		var noticed error
		options := metav1.ListOptions{}
		if test.asks {
			options.SendInitialEvents = new(true)
		}
		_, err := noted{refusingWatches{err: test.err}, func(err error) { noticed = err }}.WatchWithContext(t.Context(), options)
		if err == nil || (noticed != nil) != test.noted {
			t.Errorf("%s: it is noted that %v", name, noticed)
		}
	}
}
