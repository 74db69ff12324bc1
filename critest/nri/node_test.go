// Package nri tests what NRI plugins see and can do, over the runtime's two sockets and nothing else.
package nri

import (
	"context"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	cri "k8s.io/cri-api/pkg/apis/runtime/v1"
)

var (
	endpoint  = flag.String("runtime-endpoint", "", "the runtime's CRI socket, unix://PATH")
	nriSocket = flag.String("nri-socket", "", "the runtime's NRI socket")
	image     = flag.String("image", "registry.k8s.io/e2e-test-images/busybox:1.29-2", "an image with a shell")

	runtime cri.RuntimeServiceClient
)

func TestMain(m *testing.M) {
	flag.Parse()
	if *endpoint == "" || *nriSocket == "" {
		fmt.Fprintln(os.Stderr, "-runtime-endpoint and -nri-socket must be given")
		os.Exit(2)
	}
	connection, err := grpc.NewClient(*endpoint, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	runtime = cri.NewRuntimeServiceClient(connection)
	pull := &cri.PullImageRequest{Image: &cri.ImageSpec{Image: *image}}
	if _, err := cri.NewImageServiceClient(connection).PullImage(context.Background(), pull); err != nil {
		fmt.Fprintln(os.Stderr, "the image cannot be pulled:", err)
		os.Exit(2)
	}
	os.Exit(m.Run())
}

func within(t *testing.T, limit time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	t.Cleanup(cancel)
	return ctx
}

var pods int

func podConfig() *cri.PodSandboxConfig {
	pods++
	name := fmt.Sprintf("nri-%d-%d", os.Getpid(), pods)
	return &cri.PodSandboxConfig{
		Metadata: &cri.PodSandboxMetadata{Name: name, Uid: "uid-" + name, Namespace: "ns-" + name, Attempt: 1},
		Labels:   map[string]string{"app": "nri"},
		Linux:    &cri.LinuxPodSandboxConfig{},
	}
}

// A pod that is removed with all that is in it when the test ends.
func runPod(t *testing.T, config *cri.PodSandboxConfig) string {
	t.Helper()
	reply, err := runtime.RunPodSandbox(within(t, time.Minute), &cri.RunPodSandboxRequest{Config: config})
	if err != nil {
		t.Fatal("RunPodSandbox:", err)
	}
	t.Cleanup(func() { removePod(t, reply.PodSandboxId) })
	return reply.PodSandboxId
}

func stopPod(t *testing.T, id string) {
	t.Helper()
	if _, err := runtime.StopPodSandbox(within(t, time.Minute), &cri.StopPodSandboxRequest{PodSandboxId: id}); err != nil {
		t.Error("StopPodSandbox:", err)
	}
}

func removePod(t *testing.T, id string) {
	t.Helper()
	stopPod(t, id)
	if _, err := runtime.RemovePodSandbox(within(t, time.Minute), &cri.RemovePodSandboxRequest{PodSandboxId: id}); err != nil {
		t.Error("RemovePodSandbox:", err)
	}
}

func containerConfig(name string, command ...string) *cri.ContainerConfig {
	return &cri.ContainerConfig{
		Metadata: &cri.ContainerMetadata{Name: name},
		Image:    &cri.ImageSpec{Image: *image},
		Command:  command,
		Linux:    &cri.LinuxContainerConfig{},
	}
}

func tryCreate(t *testing.T, pod string, config *cri.ContainerConfig, of *cri.PodSandboxConfig) (string, error) {
	t.Helper()
	request := &cri.CreateContainerRequest{PodSandboxId: pod, Config: config, SandboxConfig: of}
	reply, err := runtime.CreateContainer(within(t, time.Minute), request)
	return reply.GetContainerId(), err
}

func create(t *testing.T, pod string, config *cri.ContainerConfig, of *cri.PodSandboxConfig) string {
	t.Helper()
	id, err := tryCreate(t, pod, config, of)
	if err != nil {
		t.Fatal("CreateContainer:", err)
	}
	return id
}

func start(t *testing.T, id string) {
	t.Helper()
	if _, err := runtime.StartContainer(within(t, time.Minute), &cri.StartContainerRequest{ContainerId: id}); err != nil {
		t.Fatal("StartContainer:", err)
	}
}

func stop(t *testing.T, id string) {
	t.Helper()
	request := &cri.StopContainerRequest{ContainerId: id, Timeout: 10}
	if _, err := runtime.StopContainer(within(t, time.Minute), request); err != nil {
		t.Fatal("StopContainer:", err)
	}
}

func remove(t *testing.T, id string) {
	t.Helper()
	if _, err := runtime.RemoveContainer(within(t, time.Minute), &cri.RemoveContainerRequest{ContainerId: id}); err != nil {
		t.Fatal("RemoveContainer:", err)
	}
}

func state(t *testing.T, id string) *cri.ContainerStatus {
	t.Helper()
	reply, err := runtime.ContainerStatus(within(t, time.Minute), &cri.ContainerStatusRequest{ContainerId: id})
	if err != nil {
		t.Fatal("ContainerStatus:", err)
	}
	return reply.Status
}

// What a shell command in a running container prints.
func shell(t *testing.T, id, command string) string {
	t.Helper()
	request := &cri.ExecSyncRequest{ContainerId: id, Cmd: []string{"sh", "-c", command}, Timeout: 20}
	reply, err := runtime.ExecSync(within(t, time.Minute), request)
	if err != nil {
		t.Fatal("ExecSync:", err)
	}
	return strings.TrimSpace(string(reply.Stdout) + string(reply.Stderr))
}

func listedContainers(t *testing.T, pod string) []*cri.Container {
	t.Helper()
	filter := &cri.ContainerFilter{PodSandboxId: pod}
	reply, err := runtime.ListContainers(within(t, time.Minute), &cri.ListContainersRequest{Filter: filter})
	if err != nil {
		t.Fatal("ListContainers:", err)
	}
	return reply.Containers
}

func podIsListed(t *testing.T, matches func(*cri.PodSandbox) bool) bool {
	t.Helper()
	reply, err := runtime.ListPodSandbox(within(t, time.Minute), &cri.ListPodSandboxRequest{})
	if err != nil {
		t.Fatal("ListPodSandbox:", err)
	}
	for _, pod := range reply.Items {
		if matches(pod) {
			return true
		}
	}
	return false
}

func eventually(t *testing.T, limit time.Duration, what string, check func() bool) {
	t.Helper()
	for end := time.Now().Add(limit); !check(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within %v: %s", limit, what)
		}
	}
}
