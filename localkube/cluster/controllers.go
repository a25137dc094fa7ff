package cluster

import "fmt"

// StopControllers takes the controller manager away. Up starts it again, as all that does not run.
func StopControllers(dir string) error {
	s, err := load(dir)
	if err != nil {
		return err
	}
	if s == nil {
		return fmt.Errorf("finding a cluster: none in %q; run `localkube up --dir %s` first", dir, dir)
	}
	release, err := lock(dir)
	if err != nil {
		return err
	}
	defer release()
	return s.Processes["kube-controller-manager"].Stop(grace("kube-controller-manager"))
}
