package kubelet

import (
	"crypto/sha256"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/patchwave/patchwave/localkube/hyper/tags"
)

// orders are what the image's tag asks for.
func orders(image string) tags.Orders { return tags.Read(tag(image)) }

// missing tells an image that cannot be pulled.
func missing(image string) bool { return orders(image).Missing || orders(image).Broken }

func crashes(image string) bool { return orders(image).Crash > 0 }

// tag of a reference; a port is none.
func tag(image string) string {
	_, t := split(image)
	return t
}

func split(image string) (name, tag string) {
	name, _, _ = strings.Cut(image, "@")
	colon := strings.LastIndex(name, ":")
	if colon < 0 || strings.Contains(name[colon:], "/") {
		return name, ""
	}
	return name[:colon], name[colon+1:]
}

// imageID is the digest that the reference names, or else one made from it.
func imageID(image string) string {
	name, _ := split(image)
	if _, digest, ok := strings.Cut(image, "@"); ok {
		return name + "@" + digest
	}
	return fmt.Sprintf("%s@sha256:%x", name, sha256.Sum256([]byte(name+":"+orders(image).Version)))
}

// failingImage is the image a container waits for in vain. The message is the only place that names it.
func failingImage(s corev1.ContainerStatus) string {
	if !waits(s, errImagePull) && !waits(s, imagePullBackOff) {
		return ""
	}
	parts := strings.SplitN(s.State.Waiting.Message, `"`, 3)
	if len(parts) < 3 {
		return ""
	}
	return parts[1]
}
