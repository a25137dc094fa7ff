package spec

import (
	"os"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

const examples = "../examples"

func TestExamplePlansAreSound(t *testing.T) {
	plans, problems := Load(os.DirFS(examples + "/plans"))
	if len(plans) < 2 || len(problems) > 0 {
		t.Errorf("got %d plans, and %s", len(plans), written(problems))
	}
}

func TestExampleConfigIsSound(t *testing.T) {
	text, err := os.ReadFile(examples + "/config.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if _, problems := LoadConfig("config.yaml", text); len(problems) > 0 {
		t.Error(written(problems))
	}
}

// workload is as much of a manifest as a plan speaks of.
type workload struct {
	Kind     string
	Metadata Metadata
	Spec     struct {
		Containers []container
		Template   struct {
			Spec struct{ Containers []container }
		}
	}
}

type container struct{ Name, Image string }

// TestExamplePlansHaveWorkloads: each plan finds its workload and containers in
// the manifests beside it, on another image than the plan wants.
func TestExamplePlansHaveWorkloads(t *testing.T) {
	plans, _ := Load(os.DirFS(examples + "/plans"))
	for _, plan := range plans {
		pod, found := exampleWorkload(t, plan)
		if !found {
			t.Errorf("%s has no %s %q in its namespace", plan.Key(), plan.Spec.Target.Kind, plan.Spec.Target.Name)
			continue
		}
		for _, image := range plan.Spec.Images {
			if SameImage(pod[image.Container], image.Image) || pod[image.Container] == "" {
				t.Errorf("%s: container %q runs %q", plan.Key(), image.Container, pod[image.Container])
			}
		}
	}
}

// exampleWorkload returns the images of the plan's workload by container.
func exampleWorkload(t *testing.T, plan Plan) (images map[string]string, found bool) {
	entries, err := os.ReadDir(examples + "/workloads")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		text, err := os.ReadFile(examples + "/workloads/" + entry.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range strings.Split(string(text), "\n---\n") {
			var w workload
			if err := yaml.Unmarshal([]byte(part), &w); err != nil {
				t.Fatalf("%s: %v", entry.Name(), err)
			}
			if w.Kind == plan.Spec.Target.Kind && w.Metadata.Name == plan.Spec.Target.Name && w.Metadata.Namespace == plan.Metadata.Namespace {
				images = map[string]string{}
				for _, c := range append(w.Spec.Containers, w.Spec.Template.Spec.Containers...) {
					images[c.Name] = c.Image
				}
				return images, true
			}
		}
	}
	return nil, false
}
