package cluster

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"time"

	"github.com/patchwave/patchwave/localkube/builder"
	"github.com/patchwave/patchwave/localkube/machine"
	"github.com/patchwave/patchwave/localkube/process"
)

// Options say what up makes.
type Options struct {
	Dir   string // absolute
	Nodes int
	Real  bool      // a real node, too
	Minor string    // of another Kubernetes, such as "1.35"; "" for the usual one
	Out   io.Writer // progress
}

// Up starts what is not running yet, and waits until pods can be run.
func Up(ctx context.Context, o Options) error {
	began := time.Now()
	if o.Nodes < 0 {
		return fmt.Errorf("making %d simulated nodes: ask for 0 or more", o.Nodes)
	}
	programs, version, err := o.build(ctx)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return fmt.Errorf("making the state folder: %w", err)
	}
	release, err := lock(o.Dir)
	if err != nil {
		return err
	}
	defer release()
	s, err := prepare(o, version)
	if err != nil {
		return err
	}
	s.programs = programs
	if err := s.start(ctx, o.Out); err != nil {
		return fmt.Errorf("%w\nlook at the log, then run `localkube down --dir %s` and try again", err, o.Dir)
	}
	fmt.Fprintf(o.Out, "up in %.1f s: Kubernetes %s with %s, state in %s\n",
		time.Since(began).Seconds(), s.Version, s.nodesInWords(), o.Dir)
	return nil
}

// build looks whether the machine will do before it spends minutes. A cluster keeps its real node and its version.
func (o *Options) build(ctx context.Context) (programs map[string]string, version string, err error) {
	if s, err := load(o.Dir); err == nil && s != nil {
		o.Real, o.Minor = o.Real || s.Real, s.Minor
	}
	wanted := []builder.Program{builder.Hyper}
	if o.Real {
		if err := machine.Check(); err != nil {
			return nil, "", err
		}
		wanted = append(wanted, builder.Node, builder.Game)
	}
	programs = map[string]string{}
	for _, program := range wanted {
		binary, err := builder.Get(ctx, program.At(o.Minor), o.Out)
		if err != nil {
			return nil, "", err
		}
		programs[program.Name], version = binary.Path, binary.Version
	}
	return programs, version, nil
}

// prepare writes all files that the components read. Nodes are only ever added.
func prepare(o Options, version string) (*state, error) {
	s, err := load(o.Dir)
	if err != nil {
		return nil, err
	}
	isNew := s == nil
	if isNew {
		s = &state{dir: o.Dir, Version: version, Minor: o.Minor, Processes: map[string]process.Process{}}
		if s.Ports, err = freePorts(); err != nil {
			return nil, err
		}
	}
	maps.DeleteFunc(s.Processes, func(_ string, p process.Process) bool { return !p.Alive() }) // to be started anew
	s.Nodes = max(s.Nodes, o.Nodes)
	if o.Real {
		if err := s.addReal(isNew); err != nil {
			return nil, err
		}
	}
	if err := s.save(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(s.path("logs"), 0o700); err != nil {
		return nil, fmt.Errorf("making the logs' folder: %w", err)
	}
	if err := os.WriteFile(s.path("audit-policy.yaml"), []byte(auditPolicy), 0o600); err != nil {
		return nil, fmt.Errorf("writing the audit policy: %w", err)
	}
	return s, s.credentials()
}

func (s *state) start(ctx context.Context, out io.Writer) error {
	a, err := s.api()
	if err != nil {
		return err
	}
	w := waiter{state: s, out: out}
	for _, c := range s.components() {
		if err := w.run(c); err != nil {
			return err
		}
		if err := w.until(ctx, c.name, func() bool { return s.serves(ctx, a, c.name) }); err != nil {
			return err
		}
	}
	account := s.apiURL() + "/api/v1/namespaces/default/serviceaccounts/default"
	if err := w.until(ctx, "default service account", func() bool { return a.answers(ctx, account) }); err != nil {
		return err
	}
	if err := s.addNodes(ctx, a); err != nil {
		return err
	}
	return w.until(ctx, "nodes", func() bool { return s.nodesReady(ctx, a) >= s.allNodes() })
}

// serves looks only at those whom others wait for; what the others do is seen by their effect.
func (s *state) serves(ctx context.Context, a api, name string) bool {
	switch name {
	case "etcd":
		return a.answers(ctx, s.etcdURL()+"/health")
	case "kube-apiserver":
		return a.answers(ctx, s.apiURL()+"/readyz")
	case nodeComponent:
		return s.nodeServes()
	default:
		return true
	}
}
