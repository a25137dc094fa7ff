// Package simulation plays kubelets: it lets kwok watch pods and nodes, and package kubelet say what happens to them.
package simulation

import (
	"context"
	"fmt"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/utils/clock"
	"sigs.k8s.io/kwok/pkg/kwok/controllers"

	"github.com/patchwave/patchwave/localkube/hyper/kubelet"
)

// parallelism is how many pods kwok works on at once. Its own default of 4 would make every larger restart a queue.
const parallelism = 64

// NewCommand is the kwok process: it plays until it is told to end.
func NewCommand() *cobra.Command {
	var kubeconfig string
	command := &cobra.Command{
		Use:   "kwok",
		Short: "Plays the kubelet of every node that carries the label " + nodeSelector,
		Args:  cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			ctx, stop := signal.NotifyContext(command.Context(), syscall.SIGINT, syscall.SIGTERM)
			defer stop()
			return simulate(ctx, kubeconfig)
		},
	}
	command.Flags().StringVar(&kubeconfig, "kubeconfig", "", "kubeconfig of the cluster to play in")
	return command
}

// simulate plays the stages until the context ends.
func simulate(ctx context.Context, kubeconfig string) error {
	client, err := connect(kubeconfig)
	if err != nil {
		return err
	}
	pool, err := takenAddresses(ctx, client)
	if err != nil {
		return err
	}
	controller, err := controllers.NewController(configure(client, kubelet.NewMemory(time.Now), pool))
	if err != nil {
		return fmt.Errorf("making the kwok controller: %w", err)
	}
	if err := controller.Start(ctx); err != nil {
		return fmt.Errorf("starting the kwok controller: %w", err)
	}
	<-ctx.Done()
	return nil
}

// connect takes the client's brake off: a kubelet would have a client of its own, here one serves all nodes.
func connect(kubeconfig string) (kubernetes.Interface, error) {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, fmt.Errorf("reading kubeconfig %q: %w", kubeconfig, err)
	}
	config.QPS = -1
	config.UserAgent = "localkube-kwok"
	config.ContentType = "application/vnd.kubernetes.protobuf"
	return kubernetes.NewForConfig(config)
}

func configure(client kubernetes.Interface, memory *kubelet.Memory, pool *kubelet.Addresses) controllers.Config {
	return controllers.Config{
		Clock:                        clock.RealClock{},
		TypedClient:                  client,
		ManageNodesWithLabelSelector: nodeSelector,
		CIDR:                         kubelet.PodNetwork,
		LocalStages:                  stages(memory),
		FuncMap:                      templateFuncs(memory, pool),
		PodPlayStageParallelism:      parallelism,
		NodePlayStageParallelism:     4,
		PodsOnNodeSyncParallelism:    4,
		ID:                           "localkube",
	}
}

// takenAddresses keeps a restarted kwok from handing out an address that a running pod has.
func takenAddresses(ctx context.Context, client kubernetes.Interface) (*kubelet.Addresses, error) {
	pods, err := client.CoreV1().Pods("").List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, fmt.Errorf("listing pods: %w", err)
	}
	pool := kubelet.NewAddresses()
	for i := range pods.Items {
		pool.Taken(pods.Items[i].Status.PodIP)
	}
	return pool, nil
}
