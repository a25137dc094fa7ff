// Package stage sets up what patchwave plays on, of real parts: a namespace of
// a real cluster, a Git server, and a stand-in for GitHub that checks every
// request; and it runs the real binary there. The demo and the end-to-end
// tests share it.
package stage

import (
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/patchwave/patchwave/gitsrc/gittest"
	"github.com/patchwave/patchwave/report/githubtest"
)

const (
	system     = "patchwave-system" // where patchwave itself is installed
	token      = "ghs_0123456789abcdefghijklmnopqrstuvwxyz"
	repository = "acme/plans"
)

// Options say where the stage is built.
type Options struct {
	Binary     string // patchwave's
	Kubeconfig string // an administrator's
	Namespace  string // for the workloads; made, and deleted at the end
	Instance   string // patchwave's --name
	Dir        string // an empty folder for everything else
}

// Stage is a cluster's namespace, a repository of plans and a GitHub.
type Stage struct {
	Options
	Kube    kubernetes.Interface
	Dynamic dynamic.Interface
	Plans   *gittest.Repository
	GitHub  *githubtest.Server

	Repository string // as GitHub knows it

	admin      *rest.Config
	git, hub   *httptest.Server
	kubeconfig string // the service account's
}

// Set builds a stage. Close takes it down.
func Set(ctx context.Context, options Options) (*Stage, error) {
	s := &Stage{Options: options, GitHub: githubtest.New(githubtest.Options{Token: token, Paced: true}), Repository: repository}
	var err error
	if s.admin, err = clientcmd.BuildConfigFromFlags("", options.Kubeconfig); err != nil {
		return nil, fmt.Errorf("reading the cluster's kubeconfig: %w", err)
	}
	s.admin.QPS = -1
	if s.Kube, err = kubernetes.NewForConfig(s.admin); err != nil {
		return nil, err
	}
	if s.Dynamic, err = dynamic.NewForConfig(s.admin); err != nil {
		return nil, err
	}
	if err := s.serve(); err != nil {
		return nil, err
	}
	return s, s.install(ctx)
}

// serve starts the Git server and the GitHub stand-in.
func (s *Stage) serve() error {
	var err error
	if s.Plans, err = gittest.NewRepository(filepath.Join(s.Dir, "git"), repository); err != nil {
		return fmt.Errorf("making the repository of plans: %w", err)
	}
	handler, err := s.Plans.Handler()
	if err != nil {
		return fmt.Errorf("serving the repository of plans: %w", err)
	}
	s.git, s.hub = httptest.NewServer(handler), httptest.NewServer(s.GitHub)
	return os.WriteFile(filepath.Join(s.Dir, "token"), []byte(token), 0o600)
}

// PlansURL is where the plans are cloned from.
func (s *Stage) PlansURL() string { return s.git.URL + s.Plans.Path() }

// GitHubURL is the root of the stand-in's API.
func (s *Stage) GitHubURL() string { return s.hub.URL + "/" }

// Close deletes the namespace and stops the servers.
func (s *Stage) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	s.git.Close()
	s.hub.Close()
	return s.Kube.CoreV1().Namespaces().Delete(ctx, s.Namespace, metav1.DeleteOptions{})
}

// Until asks again and again until the answer is yes, or the context ends; then
// the error says what was waited for, and why it was not so.
func Until(ctx context.Context, what string, ask func(context.Context) (bool, string)) error {
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	for {
		yes, why := ask(ctx)
		if yes {
			return nil
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return fmt.Errorf("waiting until %s: %w; last seen: %s", what, context.Cause(ctx), why)
		}
	}
}
