package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	v1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/uuid"
	"k8s.io/apimachinery/pkg/util/wait"

	"github.com/patchwave/patchwave/reconciler"
)

// requestAnnotation carries what a person asks of a plan, until it is heeded.
const requestAnnotation = "patchwave.dev/request"

// request reads the annotation; one that makes no sense asks for nothing, and
// is taken away like any other.
func (u *Upgrade) request() *reconciler.Request {
	text := u.Annotations[requestAnnotation]
	if text == "" {
		return nil
	}
	var request reconciler.Request
	if json.Unmarshal([]byte(text), &request) != nil || request.ID == "" {
		return &reconciler.Request{ID: "nonsense"}
	}
	return &request
}

// heeded tells whether the request still lies there, and the status has it.
func (u *Upgrade) heeded(status reconciler.Status) bool {
	request := u.request()
	return request != nil && request.ID == status.Heeded
}

func (u *Upgrade) withoutRequest() *Upgrade {
	other := *u
	other.Annotations = maps.Clone(u.Annotations)
	delete(other.Annotations, requestAnnotation)
	return &other
}

// Ask lays a request at the record, and returns its ID. One that was laid there
// before, and is not heeded yet, is left alone.
func (c *Connection) Ask(ctx context.Context, upgrade Upgrade, request reconciler.Request) (id string, err error) {
	if earlier := upgrade.request(); earlier != nil && earlier.ID != upgrade.Status.Heeded {
		return "", fmt.Errorf("%s %s/%s: %q by %s is not heeded yet; try again when it is, and see that patchwave is running",
			request.Verb, upgrade.Namespace, upgrade.Name, earlier.Verb, earlier.By)
	}
	request.ID = string(uuid.NewUUID())
	if request.By, err = c.whoami(ctx); err != nil {
		return "", err
	}
	note, err := annotation(request)
	if err != nil {
		return "", err
	}
	err = c.merge(ctx, upgrade, object{"metadata": object{
		"resourceVersion": upgrade.ResourceVersion, "annotations": object{requestAnnotation: note},
	}})
	if err != nil {
		return "", fmt.Errorf("%s %s/%s: %w", request.Verb, upgrade.Namespace, upgrade.Name, err)
	}
	return request.ID, nil
}

// merge patches a record on behalf of a person.
func (c *Connection) merge(ctx context.Context, upgrade Upgrade, change object) error {
	patch, err := json.Marshal(change)
	if err != nil {
		return fmt.Errorf("writing a patch: %w", err)
	}
	_, err = c.dynamic.Resource(upgrades).Namespace(upgrade.Namespace).Patch(ctx, upgrade.Name, types.MergePatchType, patch, v1.PatchOptions{FieldManager: "patchwave-cli"})
	return err
}

// whoami is the name by which the API server knows us.
func (c *Connection) whoami(ctx context.Context) (string, error) {
	review, err := c.kube.AuthenticationV1().SelfSubjectReviews().Create(ctx, &authenticationv1.SelfSubjectReview{}, v1.CreateOptions{})
	if err != nil {
		return "", fmt.Errorf("asking the API server for our name: %w", err)
	}
	return review.Status.UserInfo.Username, nil
}

// heedTime is how long a running patchwave may take to heed a request.
const heedTime = 20 * time.Second

// Heeded waits until a request is heeded, and returns the record then.
func (c *Connection) Heeded(ctx context.Context, namespace, name, id string) (Upgrade, error) {
	var heeded Upgrade
	err := wait.PollUntilContextTimeout(ctx, 200*time.Millisecond, heedTime, true, func(ctx context.Context) (bool, error) {
		found, err := c.Upgrades(ctx, namespace, name)
		if err != nil || len(found) == 0 {
			return false, err
		}
		heeded = found[0]
		return heeded.Status.Heeded == id, nil
	})
	if wait.Interrupted(err) {
		return heeded, fmt.Errorf("the request was not heeded within %s; it stays at the record, and is heeded as soon as patchwave runs", heedTime)
	}
	return heeded, err
}
