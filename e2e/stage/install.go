package stage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	authenticationv1 "k8s.io/api/authentication/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// install applies what `patchwave install` prints, and makes a kubeconfig with
// no other rights than those.
func (s *Stage) install(ctx context.Context) error {
	if err := s.Make(ctx, s.Namespace); err != nil {
		return err
	}
	if err := s.Allow(ctx, s.Namespace); err != nil {
		return err
	}
	var err error
	if err := s.established(ctx); err != nil {
		return err
	}
	s.kubeconfig, err = s.SignIn(ctx, "kubeconfig", system)
	return err
}

// Make makes a namespace.
func (s *Stage) Make(ctx context.Context, namespace string) error {
	return s.Apply(ctx, "apiVersion: v1\nkind: Namespace\nmetadata: {name: "+namespace+"}\n")
}

// Allow applies what `patchwave install` prints for a namespace.
func (s *Stage) Allow(ctx context.Context, namespace string) error {
	manifests, err := exec.CommandContext(ctx, s.Binary, "install", "-n", system, "--namespaces", namespace).Output()
	if err != nil {
		return fmt.Errorf("running patchwave install: %w", err)
	}
	return s.Apply(ctx, string(manifests))
}

// Apply makes the objects of YAML documents, or makes them as they are written.
func (s *Stage) Apply(ctx context.Context, text string) error {
	decoder := yaml.NewYAMLOrJSONDecoder(strings.NewReader(text), 4096)
	for {
		var object unstructured.Unstructured
		err := decoder.Decode(&object)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading a manifest: %w", err)
		}
		if err := s.apply(ctx, &object); err != nil {
			return err
		}
	}
}

func (s *Stage) apply(ctx context.Context, object *unstructured.Unstructured) error {
	if len(object.Object) == 0 {
		return nil
	}
	resource, _ := meta.UnsafeGuessKindToResource(object.GroupVersionKind())
	force := metav1.ApplyOptions{FieldManager: "kubectl", Force: true}
	_, err := s.Dynamic.Resource(resource).Namespace(object.GetNamespace()).Apply(ctx, object.GetName(), object, force)
	if err != nil {
		return fmt.Errorf("applying %s %s: %w", object.GetKind(), object.GetName(), err)
	}
	return nil
}

// established waits until the API server serves the records.
func (s *Stage) established(ctx context.Context) error {
	return Until(ctx, "the API server knows upgrades.patchwave.dev", func(context.Context) (bool, string) {
		list, err := s.Kube.Discovery().ServerResourcesForGroupVersion("patchwave.dev/v1alpha1")
		return err == nil && len(list.APIResources) > 0, fmt.Sprint(err)
	})
}

// SignIn writes a kubeconfig of patchwave's service account, with a token of its own
// and a context that names a namespace.
func (s *Stage) SignIn(ctx context.Context, name, namespace string) (file string, err error) {
	request := &authenticationv1.TokenRequest{}
	answer, err := s.Kube.CoreV1().ServiceAccounts(system).CreateToken(ctx, "patchwave", request, metav1.CreateOptions{})
	if err != nil {
		return "", fmt.Errorf("asking for the service account's token: %w", err)
	}
	config := clientcmdapi.NewConfig()
	config.Clusters["stage"] = &clientcmdapi.Cluster{
		Server: s.admin.Host, CertificateAuthorityData: s.admin.CAData, CertificateAuthority: s.admin.CAFile,
	}
	config.AuthInfos["patchwave"] = &clientcmdapi.AuthInfo{Token: answer.Status.Token}
	config.Contexts["stage"] = &clientcmdapi.Context{Cluster: "stage", AuthInfo: "patchwave", Namespace: namespace}
	config.CurrentContext = "stage"
	file = filepath.Join(s.Dir, name)
	if err := os.MkdirAll(s.Dir, 0o755); err != nil {
		return "", fmt.Errorf("making the stage's folder: %w", err)
	}
	return file, clientcmd.WriteToFile(*config, file)
}
