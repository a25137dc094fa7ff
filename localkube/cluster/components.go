package cluster

import (
	"fmt"
	"slices"

	"github.com/patchwave/patchwave/localkube/builder"
)

// auditPolicy keeps every write, and no read: tests count writes per object from it.
const auditPolicy = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: None
  verbs: [get, list, watch]
- level: Metadata
`

// component is one process of the control plane. They are started in order, and stopped in the opposite one.
type component struct {
	name    string
	program builder.Program
	args    func(*state) []string
}

var components = []component{
	{"etcd", builder.Hyper, etcdArgs},
	{"kube-apiserver", builder.Hyper, apiServerArgs},
	{"kube-controller-manager", builder.Hyper, controllerManagerArgs},
	{"kube-scheduler", builder.Hyper, schedulerArgs},
	{"kwok", builder.Hyper, kwokArgs},
}

// components are those of this cluster.
func (s *state) components() []component {
	if !s.Real {
		return components
	}
	return append(slices.Clone(components), component{nodeComponent, builder.Node, nodeArgs})
}

// etcdArgs: no fsync, since nothing here outlives the folder.
func etcdArgs(s *state) []string {
	peer := fmt.Sprintf("https://127.0.0.1:%d", s.Ports.EtcdPeer)
	cert, key, ca := s.path("pki", "server.crt"), s.path("pki", "server.key"), s.path("pki", "ca.crt")
	return []string{
		"--name=localkube", "--data-dir=" + s.path("etcd"), "--unsafe-no-fsync", "--logger=zap", "--log-level=warn",
		"--listen-client-urls=" + s.etcdURL(), "--advertise-client-urls=" + s.etcdURL(),
		"--listen-peer-urls=" + peer, "--initial-advertise-peer-urls=" + peer, "--initial-cluster=localkube=" + peer,
		"--client-cert-auth", "--trusted-ca-file=" + ca, "--cert-file=" + cert, "--key-file=" + key,
		"--peer-client-cert-auth", "--peer-trusted-ca-file=" + ca, "--peer-cert-file=" + cert, "--peer-key-file=" + key,
	}
}

// apiServerArgs: the audit log blocks, so that a write is in it before its answer arrives; it is never rotated.
func apiServerArgs(s *state) []string {
	return []string{
		"--bind-address=127.0.0.1", "--advertise-address=127.0.0.1", fmt.Sprintf("--secure-port=%d", s.Ports.API),
		"--endpoint-reconciler-type=none", "--service-cluster-ip-range=" + s.Network.services(),
		"--etcd-servers=" + s.etcdURL(), "--etcd-cafile=" + s.path("pki", "ca.crt"),
		"--etcd-certfile=" + s.path("pki", "server.crt"), "--etcd-keyfile=" + s.path("pki", "server.key"),
		"--tls-cert-file=" + s.path("pki", "server.crt"), "--tls-private-key-file=" + s.path("pki", "server.key"),
		"--client-ca-file=" + s.path("pki", "ca.crt"),
		"--service-account-issuer=https://kubernetes.default.svc.cluster.local",
		"--service-account-key-file=" + s.path("pki", "service-account.crt"),
		"--service-account-signing-key-file=" + s.path("pki", "service-account.key"),
		"--authorization-mode=Node,RBAC", "--enable-admission-plugins=NodeRestriction", "--allow-privileged",
		"--kubelet-preferred-address-types=InternalIP",
		"--kubelet-client-certificate=" + s.path("pki", "kubelet-client.crt"),
		"--kubelet-client-key=" + s.path("pki", "kubelet-client.key"),
		"--kubelet-certificate-authority=" + s.path("pki", "ca.crt"),
		"--audit-policy-file=" + s.path("audit-policy.yaml"), "--audit-log-path=" + s.auditLog(),
		"--audit-log-mode=blocking", "--audit-log-format=json", "--audit-log-maxsize=1000000",
	}
}

// controllerManagerArgs: simulated nodes send no heartbeats, and must not be taken for dead. Clients are not braked:
// a thousand pods would wait for the brake.
func controllerManagerArgs(s *state) []string {
	config := s.componentConfig("kube-controller-manager")
	return []string{
		"--kubeconfig=" + config, "--leader-elect=false", "--secure-port=0", "--use-service-account-credentials",
		"--service-account-private-key-file=" + s.path("pki", "service-account.key"),
		"--root-ca-file=" + s.path("pki", "ca.crt"), "--node-monitor-grace-period=24h",
		"--kube-api-qps=500", "--kube-api-burst=1000",
	}
}

func schedulerArgs(s *state) []string {
	return []string{
		"--kubeconfig=" + s.componentConfig("kube-scheduler"), "--leader-elect=false", "--secure-port=0",
		"--kube-api-qps=500", "--kube-api-burst=1000",
	}
}

func kwokArgs(s *state) []string { return []string{"--kubeconfig=" + s.componentConfig("kwok")} }
