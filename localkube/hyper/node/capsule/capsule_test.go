package capsule

import (
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"sigs.k8s.io/yaml"
)

func newConfig(t *testing.T) *Config {
	dir := filepath.Join(t.TempDir(), `a "quoted" folder: # no comment`)
	return &Config{
		Dir: dir, Name: "real-1", API: "127.0.0.1:6443", NodeIP: "10.201.0.2", Pods: "10.200.0.0/24",
		DNS: "10.96.0.10", Cgroup: "localkube-1234",
	}
}

func TestSettingsNameTheFolderAndTheAddresses(t *testing.T) {
	c := newConfig(t)
	if err := c.configure(); err != nil {
		t.Fatal(err)
	}
	for file, wants := range map[string][]string{
		"containerd.toml":           {"root = " + strconv.Quote(c.Dir+"/node/containerd"), `snapshotter = "` + c.Snapshotter() + `"`, "conf_dir = " + strconv.Quote(c.Dir+"/node/conf/cni")},
		"kubelet.yaml":              {"address: 10.201.0.2", "cgroupRoot: /localkube-1234", strconv.Quote(c.Dir + "/pki/kubelet.key")},
		"kube-proxy.yaml":           {"clusterCIDR: 10.200.0.0/24", "hostnameOverride: real-1"},
		"cni/10-localkube.conflist": {`"subnet": "10.200.0.0/24"`},
	} {
		text, err := os.ReadFile(c.own("conf", file))
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range wants {
			if !strings.Contains(string(text), want) {
				t.Errorf("%s lacks %q", file, want)
			}
		}
		var any map[string]any
		if filepath.Ext(file) != ".toml" {
			if err := yaml.UnmarshalStrict(text, &any); err != nil {
				t.Errorf("%s: %v", file, err)
			}
		}
	}
}

func TestEveryFlagArrives(t *testing.T) {
	var c Config
	command := c.flags(&cobra.Command{Use: "x", RunE: func(*cobra.Command, []string) error { return nil }})
	command.SetArgs([]string{
		"--dir=a", "--name=b", "--api=c", "--link=d", "--host-ip=e", "--node-ip=f", "--pods=g", "--services=h",
		"--dns=i", "--cgroup=j", "--program=k",
	})
	if err := command.Execute(); err != nil {
		t.Fatal(err)
	}
	if want := (Config{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"}); c != want {
		t.Errorf("got %+v", c)
	}
}

func TestTheRelayCarriesBothWays(t *testing.T) {
	target, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer target.Close()
	go func() { // says back all it was told, once it was told all
		connection, err := target.Accept()
		if err == nil {
			said, _ := io.ReadAll(connection)
			_, _ = connection.Write(said)
			connection.Close()
		}
	}()
	front, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer front.Close()
	go relay(front, target.Addr().String())

	connection, err := net.Dial("tcp", front.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	if _, err := connection.Write([]byte("there and back")); err != nil {
		t.Fatal(err)
	}
	if err := connection.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(connection); err != nil || string(got) != "there and back" {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestADaemonThatEndsAgainAndAgainEndsTheNode(t *testing.T) {
	d := &daemon{name: "kubelet", began: time.Now()}
	for n := 1; n <= 3; n++ {
		err := d.ended(syscall.WaitStatus(1 << 8))
		if (err != nil) != (n == 3) {
			t.Errorf("end %d: %v", n, err)
		}
	}
	d.began = time.Now().Add(-time.Minute)
	if err := d.ended(0); err != nil {
		t.Errorf("after a long life: %v", err)
	}
}

func TestAHeldDaemonIsNotStarted(t *testing.T) {
	c := newConfig(t)
	d := &daemon{name: "probe", program: "true"}
	k := &keeper{config: c, daemons: []*daemon{d}}
	for _, path := range []string{c.own("held"), c.path("logs")} {
		if err := os.MkdirAll(path, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := write(c.own("held", "probe"), ""); err != nil {
		t.Fatal(err)
	}
	if err := k.tend(); err != nil || d.pid != 0 {
		t.Errorf("held, and started: pid %d, %v", d.pid, err)
	}
	if err := os.Remove(c.own("held", "probe")); err != nil {
		t.Fatal(err)
	}
	if err := k.tend(); err != nil || d.pid == 0 {
		t.Errorf("let go, and not started: %v", err)
	}
}
