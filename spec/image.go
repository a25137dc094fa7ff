package spec

import (
	"fmt"
	"strings"

	"github.com/distribution/reference"

	"github.com/patchwave/patchwave/schema"
)

// SameImage says whether two references name the same image, so that going from
// one to the other changes nothing. Names are normalised as the kubelet does it:
// "nginx" is "docker.io/library/nginx:latest", and a digest beats its tag. A
// reference by digest and one by tag are never known to be the same. What is no
// reference at all is compared letter by letter.
func SameImage(a, b string) bool {
	if a == b {
		return true
	}
	if lastPart(a) != lastPart(b) { // spares nearly every comparison the parsing
		return false
	}
	first, errA := reference.ParseDockerRef(a)
	second, errB := reference.ParseDockerRef(b)
	return errA == nil && errB == nil && first.String() == second.String()
}

// lastPart is what normalising leaves as it is: the last part of the name, with
// the digest, or else the tag.
func lastPart(image string) string {
	image, digest, pinned := strings.Cut(image, "@")
	name, tag, tagged := strings.Cut(image[strings.LastIndex(image, "/")+1:], ":")
	switch {
	case pinned:
		return name + "@" + digest
	case !tagged:
		tag = "latest"
	}
	return name + ":" + tag
}

// ImageDigest returns the digest a reference is pinned to, such as
// "sha256:0123…", or "" where it is not.
func ImageDigest(image string) string {
	if !strings.Contains(image, "@") {
		return ""
	}
	named, err := reference.ParseNormalizedNamed(image)
	if err != nil {
		return ""
	}
	if pinned, ok := named.(reference.Digested); ok {
		return pinned.Digest().String()
	}
	return ""
}

// SameRegistry tells whether two references are pulled from one host, which is
// docker.io where they name none.
func SameRegistry(a, b string) bool {
	hostA, _, okA := strings.Cut(a, "/")
	hostB, _, okB := strings.Cut(b, "/")
	if okA && okB && hostA == hostB {
		return true
	}
	first, errA := reference.ParseDockerRef(a)
	second, errB := reference.ParseDockerRef(b)
	return errA == nil && errB == nil && reference.Domain(first) == reference.Domain(second)
}

// Moves tells whether a reference is by the tag "latest", written or not, which
// is made to point to another image from time to time.
func Moves(image string) bool {
	named, err := reference.ParseDockerRef(image)
	tagged, ok := named.(reference.Tagged)
	return err == nil && ok && tagged.Tag() == "latest"
}

const imageShape = "write it like registry.example.com/team/app:1.2.3 or with @sha256: and 64 hexadecimal digits"

// checkImage returns what is wrong with an image reference, in words.
func checkImage(image string) error {
	if schema.IsTemplate(image) {
		return fmt.Errorf("%q is no value%s", short(image), schema.NotRendered)
	}
	if strings.TrimSpace(image) != image {
		return fmt.Errorf("%q has white space around it", short(image))
	}
	if scheme, _, found := strings.Cut(image, "://"); found {
		return fmt.Errorf("%q is a URL; leave out %q", short(image), short(scheme)+"://")
	}
	if isImage(image) {
		return nil
	}
	if isImage(strings.ToLower(image)) {
		return fmt.Errorf("%q is not an image reference: its name must be lower case", short(image))
	}
	return fmt.Errorf("%q is not an image reference; %s", short(image), imageShape)
}

func isImage(text string) bool {
	_, err := reference.ParseNormalizedNamed(text)
	return err == nil
}

// short cuts a value that a message quotes.
func short(value string) string {
	const most = 60
	if runes := []rune(value); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return value
}
