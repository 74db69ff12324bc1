package nri

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/containerd/nri/pkg/api"
	"github.com/containerd/nri/pkg/stub"
)

// One call that a plugin got.
type event struct {
	name      string
	pod       string
	container string
	title     string // the container's name, or the pod's where there is no container
}

// A plugin that writes down what it is told, and does what its functions say before it answers.
type plugin struct {
	mu     sync.Mutex
	events []event
	synced []*api.PodSandbox
	known  []string // ids of pods and containers that it was synchronized with
	ready  chan struct{}
	gone   chan struct{}
	stub   stub.Stub

	onSync     func()
	onRunPod   func(*api.PodSandbox) error
	onStopPod  func(*api.PodSandbox) error
	onUpdPod   func(pod *api.PodSandbox, overhead, resources *api.LinuxResources) error
	onCreate   func(*api.PodSandbox, *api.Container) (*api.ContainerAdjustment, []*api.ContainerUpdate, error)
	onStart    func(*api.Container) error
	onUpdate   func(*api.Container, *api.LinuxResources) ([]*api.ContainerUpdate, error)
	onValidate func(*api.ValidateContainerAdjustmentRequest) error
}

// Connects it, and returns when it knows the pods and containers of the node.
func (p *plugin) connect(t *testing.T, index, name string) *plugin {
	t.Helper()
	p.begin(t, index, name)
	select {
	case <-p.ready:
	case <-time.After(time.Minute):
		t.Fatal("the plugin was not synchronized within a minute")
	}
	return p
}

func (p *plugin) begin(t *testing.T, index, name string) {
	t.Helper()
	p.ready, p.gone = make(chan struct{}), make(chan struct{})
	var once sync.Once
	var impl any = (*recorder)(p)
	if p.onValidate != nil {
		impl = &validator{(*recorder)(p)}
	}
	made, err := stub.New(impl, stub.WithPluginName(name), stub.WithPluginIdx(index), stub.WithSocketPath(*nriSocket),
		stub.WithOnClose(func() { once.Do(func() { close(p.gone) }) }))
	if err != nil {
		t.Fatal(err)
	}
	p.stub = made
	if err := made.Start(context.Background()); err != nil {
		t.Fatal("the plugin cannot connect:", err)
	}
	t.Cleanup(made.Stop)
}

func (p *plugin) saw(match func(event) bool) []event {
	p.mu.Lock()
	defer p.mu.Unlock()
	var found []event
	for _, each := range p.events {
		if match(each) {
			found = append(found, each)
		}
	}
	return found
}

func (p *plugin) names(match func(event) bool) []string {
	var names []string
	for _, each := range p.saw(match) {
		names = append(names, each.name)
	}
	return names
}

func (p *plugin) knows(id string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Contains(p.known, id)
}

func (p *plugin) add(name string, pod *api.PodSandbox, container *api.Container) {
	p.mu.Lock()
	defer p.mu.Unlock()
	title := pod.GetName()
	if container != nil {
		title = container.GetName()
	}
	p.events = append(p.events, event{name, pod.GetId(), container.GetId(), title})
}

func of(id string) func(event) bool {
	return func(e event) bool { return e.pod == id || e.container == id }
}

func named(name, id string) func(event) bool {
	return func(e event) bool { return e.name == name && of(id)(e) }
}

// The methods that the stub looks for, apart from the plugin so that tests do not call them by mistake.
type recorder plugin

func (r *recorder) plugin() *plugin { return (*plugin)(r) }

func (r *recorder) Synchronize(_ context.Context, pods []*api.PodSandbox, containers []*api.Container) ([]*api.ContainerUpdate, error) {
	if r.onSync != nil {
		r.onSync()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, pod := range pods {
		r.known = append(r.known, pod.GetId())
	}
	r.synced = pods
	for _, container := range containers {
		r.known = append(r.known, container.GetId())
	}
	close(r.ready)
	return nil, nil
}

func (r *recorder) RunPodSandbox(_ context.Context, pod *api.PodSandbox) error {
	r.plugin().add("RunPodSandbox", pod, nil)
	if r.onRunPod != nil {
		return r.onRunPod(pod)
	}
	return nil
}

func (r *recorder) StopPodSandbox(_ context.Context, pod *api.PodSandbox) error {
	r.plugin().add("StopPodSandbox", pod, nil)
	if r.onStopPod != nil {
		return r.onStopPod(pod)
	}
	return nil
}

func (r *recorder) UpdatePodSandbox(_ context.Context, pod *api.PodSandbox, overhead, resources *api.LinuxResources) error {
	r.plugin().add("UpdatePodSandbox", pod, nil)
	if r.onUpdPod != nil {
		return r.onUpdPod(pod, overhead, resources)
	}
	return nil
}

func (r *recorder) PostUpdatePodSandbox(_ context.Context, pod *api.PodSandbox) error {
	r.plugin().add("PostUpdatePodSandbox", pod, nil)
	return errors.New("nobody asks")
}

func (r *recorder) RemovePodSandbox(_ context.Context, pod *api.PodSandbox) error {
	r.plugin().add("RemovePodSandbox", pod, nil)
	return nil
}

func (r *recorder) CreateContainer(_ context.Context, pod *api.PodSandbox, container *api.Container) (*api.ContainerAdjustment, []*api.ContainerUpdate, error) {
	r.plugin().add("CreateContainer", pod, container)
	if r.onCreate != nil {
		return r.onCreate(pod, container)
	}
	return nil, nil, nil
}

func (r *recorder) PostCreateContainer(_ context.Context, pod *api.PodSandbox, container *api.Container) error {
	r.plugin().add("PostCreateContainer", pod, container)
	return nil
}

func (r *recorder) StartContainer(_ context.Context, pod *api.PodSandbox, container *api.Container) error {
	r.plugin().add("StartContainer", pod, container)
	if r.onStart != nil {
		return r.onStart(container)
	}
	return nil
}

func (r *recorder) PostStartContainer(_ context.Context, pod *api.PodSandbox, container *api.Container) error {
	r.plugin().add("PostStartContainer", pod, container)
	return nil
}

func (r *recorder) UpdateContainer(_ context.Context, pod *api.PodSandbox, container *api.Container, resources *api.LinuxResources) ([]*api.ContainerUpdate, error) {
	r.plugin().add("UpdateContainer", pod, container)
	if r.onUpdate != nil {
		return r.onUpdate(container, resources)
	}
	return nil, nil
}

func (r *recorder) PostUpdateContainer(_ context.Context, pod *api.PodSandbox, container *api.Container) error {
	r.plugin().add("PostUpdateContainer", pod, container)
	return nil
}

func (r *recorder) StopContainer(_ context.Context, pod *api.PodSandbox, container *api.Container) ([]*api.ContainerUpdate, error) {
	r.plugin().add("StopContainer", pod, container)
	return nil, nil
}

func (r *recorder) RemoveContainer(_ context.Context, pod *api.PodSandbox, container *api.Container) error {
	r.plugin().add("RemoveContainer", pod, container)
	return nil
}

type validator struct{ *recorder }

func (v *validator) ValidateContainerAdjustment(_ context.Context, request *api.ValidateContainerAdjustmentRequest) error {
	return v.onValidate(request)
}
