package nri

import (
	"errors"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/containerd/nri/pkg/api"
	cri "k8s.io/cri-api/pkg/apis/runtime/v1"
)

func TestPodEventsComeInOrderWithTheirMetadata(t *testing.T) {
	p := (&plugin{}).connect(t, "00", "pod-events")
	config := podConfig()
	id := runPod(t, config)
	stopPod(t, id)
	removePod(t, id)
	want := []string{"RunPodSandbox", "StopPodSandbox", "RemovePodSandbox"}
	if got := p.names(of(id)); !reflect.DeepEqual(got, want) {
		t.Errorf("events %v, want %v", got, want)
	}
	if run := p.saw(named("RunPodSandbox", id)); run[0].title != config.Metadata.Name {
		t.Errorf("the pod is named %q, want %q", run[0].title, config.Metadata.Name)
	}
}

func TestContainerEventsComeInOrderWithTheirMetadata(t *testing.T) {
	p := (&plugin{}).connect(t, "00", "container-events")
	config := podConfig()
	pod := runPod(t, config)
	id := create(t, pod, containerConfig("worker", "sh", "-c", "top"), config)
	start(t, id)
	update := &cri.UpdateContainerResourcesRequest{ContainerId: id, Linux: &cri.LinuxContainerResources{CpuShares: 512}}
	if _, err := runtime.UpdateContainerResources(within(t, time.Minute), update); err != nil {
		t.Fatal(err)
	}
	stop(t, id)
	remove(t, id)
	want := []string{"CreateContainer", "PostCreateContainer", "StartContainer", "PostStartContainer", "UpdateContainer",
		"PostUpdateContainer", "StopContainer", "RemoveContainer"}
	if got := p.names(of(id)); !reflect.DeepEqual(got, want) {
		t.Errorf("events %v, want %v", got, want)
	}
	for _, each := range p.saw(of(id)) {
		if each.title != "worker" || each.pod != pod {
			t.Errorf("%s tells of container %q in pod %s", each.name, each.title, each.pod)
		}
	}
}

func TestTheEndOfAContainerThatEndsByItselfIsTold(t *testing.T) {
	p := (&plugin{}).connect(t, "00", "failed-container")
	config := podConfig()
	id := create(t, runPod(t, config), containerConfig("fails", "sh", "-c", "exit 1"), config)
	start(t, id)
	eventually(t, time.Minute, "the stop is told without a call for it", func() bool { return len(p.saw(named("StopContainer", id))) > 0 })
	if status := state(t, id); status.State != cri.ContainerState_CONTAINER_EXITED || status.ExitCode != 1 {
		t.Errorf("the container is %v with code %d", status.State, status.ExitCode)
	}
	remove(t, id)
	want := []string{"CreateContainer", "PostCreateContainer", "StartContainer", "PostStartContainer", "StopContainer", "RemoveContainer"}
	if got := p.names(of(id)); !reflect.DeepEqual(got, want) {
		t.Errorf("events %v, want %v", got, want)
	}
}

// A plugin that waits in an event until it is told to go on.
type gate struct {
	reached chan string
	open    chan struct{}
}

func newGate() *gate { return &gate{make(chan string, 1), make(chan struct{})} }

func (g *gate) wait(id string) {
	select {
	case g.reached <- id:
		<-g.open
	default: // only the first one is held
	}
}

func (g *gate) await(t *testing.T) string {
	t.Helper()
	select {
	case id := <-g.reached:
		return id
	case <-time.After(time.Minute):
		t.Fatal("the plugin was not told within 30 s")
		return ""
	}
}

func TestAPodIsNotShownAndTakesNoContainersBeforeThePluginsAgreed(t *testing.T) {
	g := newGate()
	(&plugin{onRunPod: func(pod *api.PodSandbox) error { g.wait(pod.GetId()); return nil }}).connect(t, "00", "run-gate")
	config := podConfig()
	done := make(chan error, 1)
	var made string
	go func() {
		reply, err := runtime.RunPodSandbox(within(t, time.Minute), &cri.RunPodSandboxRequest{Config: config})
		made = reply.GetPodSandboxId()
		done <- err
	}()
	id := g.await(t)
	if podIsListed(t, func(pod *cri.PodSandbox) bool { return pod.Id == id }) {
		t.Error("the pod is listed")
	}
	status, err := runtime.PodSandboxStatus(within(t, time.Minute), &cri.PodSandboxStatusRequest{PodSandboxId: id})
	if err == nil && status.Status.State == cri.PodSandboxState_SANDBOX_READY {
		t.Error("the pod is READY")
	}
	if container, err := tryCreate(t, id, containerConfig("early", "top"), config); err == nil || container != "" {
		t.Error("a container was made in it:", container)
	}
	close(g.open)
	if err := <-done; err != nil || made != id {
		t.Fatal("RunPodSandbox:", made, err)
	}
	defer removePod(t, id)
	create(t, id, containerConfig("now", "top"), config)
}

func TestAPodThatAPluginRefusesLeavesNothingAndCanBeTriedAgain(t *testing.T) {
	var refusals atomic.Int32
	p := (&plugin{onRunPod: func(*api.PodSandbox) error {
		if refusals.Add(1) == 1 {
			return errors.New("not this one")
		}
		return nil
	}}).connect(t, "00", "run-refusal")
	config := podConfig()
	reply, err := runtime.RunPodSandbox(within(t, time.Minute), &cri.RunPodSandboxRequest{Config: config})
	if err == nil || reply.GetPodSandboxId() != "" {
		t.Fatal("RunPodSandbox succeeded:", reply)
	}
	t.Log(err)
	if podIsListed(t, func(pod *cri.PodSandbox) bool { return pod.Metadata.Name == config.Metadata.Name }) {
		t.Error("the pod is listed")
	}
	refused := p.saw(func(e event) bool { return e.title == config.Metadata.Name })[0].pod
	if got := p.names(of(refused)); got[len(got)-1] != "RemovePodSandbox" {
		t.Errorf("the plugin is not told that the pod is gone: %v", got)
	}
	runPod(t, config)
}

func TestAStoppedPodHasEndedItsContainersAndCanBeSeenWhileThePluginIsTold(t *testing.T) {
	g := newGate()
	p := (&plugin{onStopPod: func(pod *api.PodSandbox) error { g.wait(pod.GetId()); return nil }}).connect(t, "00", "stop-gate")
	config := podConfig()
	id := runPod(t, config)
	start(t, create(t, id, containerConfig("worker", "top"), config))
	done := make(chan error, 1)
	go func() {
		_, err := runtime.StopPodSandbox(within(t, time.Minute), &cri.StopPodSandboxRequest{PodSandboxId: id})
		done <- err
	}()
	g.await(t)
	for _, container := range listedContainers(t, id) {
		if container.State != cri.ContainerState_CONTAINER_EXITED {
			t.Error("a container is", container.State)
		}
	}
	if _, err := runtime.PodSandboxStatus(within(t, time.Minute), &cri.PodSandboxStatusRequest{PodSandboxId: id}); err != nil {
		t.Error("PodSandboxStatus:", err)
	}
	close(g.open)
	if err := <-done; err != nil {
		t.Fatal("StopPodSandbox:", err)
	}
	stopPod(t, id)
	if container, err := tryCreate(t, id, containerConfig("late", "top"), config); err == nil {
		t.Error("a container was made in a stopped pod:", container)
	}
	time.Sleep(time.Second)
	if stops := p.saw(named("StopPodSandbox", id)); len(stops) != 1 {
		t.Errorf("the stop was told %d times", len(stops))
	}
	if late := p.saw(func(e event) bool { return e.title == "late" }); len(late) != 0 {
		t.Error("the plugin was told of a container that cannot be:", late)
	}
}

func TestAContainerIsNotShownBeforeThePluginsAgreed(t *testing.T) {
	g := newGate()
	(&plugin{onCreate: func(_ *api.PodSandbox, container *api.Container) (*api.ContainerAdjustment, []*api.ContainerUpdate, error) {
		g.wait(container.GetId())
		return nil, nil, nil
	}}).connect(t, "00", "create-gate")
	config := podConfig()
	pod := runPod(t, config)
	done := make(chan error, 1)
	go func() {
		_, err := tryCreate(t, pod, containerConfig("worker", "top"), config)
		done <- err
	}()
	id := g.await(t)
	if listed := listedContainers(t, pod); len(listed) != 0 {
		t.Error("the container is listed:", listed)
	}
	if _, err := runtime.ContainerStatus(within(t, time.Minute), &cri.ContainerStatusRequest{ContainerId: id}); err == nil {
		t.Error("the container has a status")
	}
	close(g.open)
	if err := <-done; err != nil {
		t.Fatal("CreateContainer:", err)
	}
	if status := state(t, id); status.State != cri.ContainerState_CONTAINER_CREATED {
		t.Error("the container is", status.State)
	}
}

func TestAContainerThatAPluginRefusesLeavesNothing(t *testing.T) {
	var calls atomic.Int32
	p := (&plugin{onCreate: func(*api.PodSandbox, *api.Container) (*api.ContainerAdjustment, []*api.ContainerUpdate, error) {
		if calls.Add(1) == 1 {
			return nil, nil, errors.New("not this one")
		}
		return nil, nil, nil
	}}).connect(t, "00", "create-refusal")
	config := podConfig()
	pod := runPod(t, config)
	if id, err := tryCreate(t, pod, containerConfig("refused", "top"), config); err == nil || id != "" {
		t.Fatal("CreateContainer succeeded:", id)
	}
	if listed := listedContainers(t, pod); len(listed) != 0 {
		t.Error("the container is listed:", listed)
	}
	id := create(t, pod, containerConfig("refused", "top"), config)
	start(t, id)
	stop(t, id)
	remove(t, id)
	if starts := p.saw(func(e event) bool { return e.name == "StartContainer" && e.pod == pod }); len(starts) != 1 || starts[0].container != id {
		t.Error("starts:", starts)
	}
}

func TestAPluginThatRefusesAStartLeavesTheContainerExited(t *testing.T) {
	(&plugin{onStart: func(container *api.Container) error {
		if container.GetName() == "kept-back" {
			return errors.New("not today")
		}
		return nil
	}}).connect(t, "00", "start-refusal")
	config := podConfig()
	id := create(t, runPod(t, config), containerConfig("kept-back", "top"), config)
	_, err := runtime.StartContainer(within(t, time.Minute), &cri.StartContainerRequest{ContainerId: id})
	if err == nil {
		t.Fatal("StartContainer succeeded")
	}
	if status := state(t, id); status.State != cri.ContainerState_CONTAINER_EXITED {
		t.Error("the container is", status.State)
	}
}

func TestANewPluginIsToldOfAllThatThereIs(t *testing.T) {
	config := podConfig()
	pod := runPod(t, config)
	running := create(t, pod, containerConfig("before", "top"), config)
	start(t, running)
	p := (&plugin{}).connect(t, "10", "late")
	if !p.knows(pod) || !p.knows(running) {
		t.Error("the plugin does not know the pod or the container:", p.known)
	}
	after := create(t, pod, containerConfig("after", "top"), config)
	eventually(t, time.Minute, "the new container is told", func() bool { return len(p.saw(named("CreateContainer", after))) > 0 })
}

// The plugin is held for more than the 2 s that it has for an event: to take in what there is, it has longer.
func TestNoContainerIsLostBetweenSynchronizationAndEvents(t *testing.T) {
	(&plugin{}).connect(t, "00", "first")
	config := podConfig()
	pod := runPod(t, config)
	var all []string
	for _, name := range []string{"b1", "b2"} {
		id := create(t, pod, containerConfig(name, "top"), config)
		start(t, id)
		all = append(all, id)
	}
	reached, open := make(chan struct{}), make(chan struct{})
	p := &plugin{onSync: func() { close(reached); <-open }}
	p.begin(t, "10", "second")
	<-reached
	made := make(chan string, 3)
	for _, name := range []string{"d1", "d2", "d3"} {
		go func() {
			id, err := tryCreate(t, pod, containerConfig(name, "top"), config)
			if err != nil {
				t.Error("CreateContainer:", err)
			}
			made <- id
		}()
	}
	time.Sleep(2200 * time.Millisecond)
	close(open)
	for range 3 {
		all = append(all, <-made)
	}
	<-p.ready
	for _, name := range []string{"a1", "a2"} {
		all = append(all, create(t, pod, containerConfig(name, "top"), config))
	}
	for _, id := range all {
		eventually(t, time.Minute, "container "+id+" is known", func() bool {
			return p.knows(id) || len(p.saw(named("CreateContainer", id))) > 0
		})
	}
}

func limits(shares, memory int64) *cri.LinuxContainerResources {
	return &cri.LinuxContainerResources{CpuShares: shares, CpuPeriod: 100000, CpuQuota: shares * 100, MemoryLimitInBytes: memory << 20}
}

func TestAnUpdateOfThePodIsToldAndCanBeRefused(t *testing.T) {
	var refuse atomic.Bool
	var told, overhead atomic.Int64
	p := (&plugin{onUpdPod: func(_ *api.PodSandbox, o, r *api.LinuxResources) error {
		told.Store(r.GetMemory().GetLimit().GetValue() >> 20)
		overhead.Store(o.GetMemory().GetLimit().GetValue() >> 20)
		if refuse.Load() {
			return errors.New("not so much")
		}
		return nil
	}}).connect(t, "00", "pod-updates")
	config := podConfig()
	config.Linux.Resources, config.Linux.Overhead = limits(256, 512), limits(10, 64)
	id := runPod(t, config)
	update := func(memory int64) error {
		request := &cri.UpdatePodSandboxResourcesRequest{PodSandboxId: id, Resources: limits(512, memory), Overhead: limits(20, 128)}
		_, err := runtime.UpdatePodSandboxResources(within(t, time.Minute), request)
		return err
	}
	refuse.Store(true)
	if err := update(9999); err == nil || !strings.Contains(err.Error(), "not so much") {
		t.Error("UpdatePodSandboxResources:", err)
	}
	for _, pod := range (&plugin{}).connect(t, "10", "late").synced {
		if pod.GetId() == id && pod.GetLinux().GetPodResources().GetMemory().GetLimit().GetValue() != 512<<20 {
			t.Error("a new plugin is told of", pod.GetLinux().GetPodResources())
		}
	}
	refuse.Store(false)
	for range 2 { // the second one changes nothing, and is told all the same
		if err := update(1024); err != nil {
			t.Fatal("UpdatePodSandboxResources:", err)
		}
	}
	if told.Load() != 1024 || overhead.Load() != 128 {
		t.Error("the plugin was told", told.Load(), overhead.Load())
	}
	want := []string{"RunPodSandbox", "UpdatePodSandbox", "UpdatePodSandbox", "PostUpdatePodSandbox", "UpdatePodSandbox", "PostUpdatePodSandbox"}
	if got := p.names(of(id)); !reflect.DeepEqual(got, want) {
		t.Errorf("events %v, want %v", got, want)
	}
}

func TestPluginsAreAskedInTheOrderOfTheirIndex(t *testing.T) {
	var order []string
	high := newGate()
	(&plugin{onRunPod: func(pod *api.PodSandbox) error {
		order = append(order, "11")
		high.wait(pod.GetId())
		order = append(order, "11 done")
		return nil
	}}).connect(t, "11", "high")
	(&plugin{onRunPod: func(*api.PodSandbox) error { order = append(order, "10"); return nil }}).connect(t, "10", "low")
	done := make(chan error, 1)
	config := podConfig()
	go func() {
		reply, err := runtime.RunPodSandbox(within(t, time.Minute), &cri.RunPodSandboxRequest{Config: config})
		t.Cleanup(func() { removePod(t, reply.GetPodSandboxId()) })
		done <- err
	}()
	id := high.await(t)
	select {
	case err := <-done:
		t.Error("RunPodSandbox did not wait for the last plugin:", err)
	case <-time.After(500 * time.Millisecond):
	}
	if podIsListed(t, func(pod *cri.PodSandbox) bool { return pod.Id == id }) {
		t.Error("the pod is listed")
	}
	close(high.open)
	if err := <-done; err != nil {
		t.Fatal("RunPodSandbox:", err)
	}
	if want := []string{"10", "11", "11 done"}; !reflect.DeepEqual(order, want) {
		t.Errorf("order %v, want %v", order, want)
	}
}

func TestRequestsThatCannotBeAreNotTold(t *testing.T) {
	p := (&plugin{}).connect(t, "00", "invalid")
	config := podConfig()
	pod := runPod(t, config)
	before := len(p.saw(func(event) bool { return true }))
	ctx := within(t, time.Minute)
	const unknown = "nobody-has-this-id"
	nameless := containerConfig("", "top")
	nameless.Metadata = nil
	mustFail := map[string]error{}
	_, mustFail["CreateContainer in no pod"] = tryCreate(t, unknown, containerConfig("worker", "top"), config)
	_, mustFail["CreateContainer without metadata"] = tryCreate(t, pod, nameless, config)
	_, mustFail["RunPodSandbox without metadata"] = runtime.RunPodSandbox(ctx, &cri.RunPodSandboxRequest{Config: &cri.PodSandboxConfig{}})
	_, mustFail["RunPodSandbox again"] = runtime.RunPodSandbox(ctx, &cri.RunPodSandboxRequest{Config: config})
	_, mustFail["StartContainer of none"] = runtime.StartContainer(ctx, &cri.StartContainerRequest{ContainerId: unknown})
	for what, err := range mustFail {
		if err == nil {
			t.Error(what, "succeeded")
		}
	}
	runtime.StopContainer(ctx, &cri.StopContainerRequest{ContainerId: unknown})
	runtime.RemoveContainer(ctx, &cri.RemoveContainerRequest{ContainerId: unknown})
	stopPod(t, unknown)
	removePod(t, unknown)
	time.Sleep(500 * time.Millisecond)
	if events := p.saw(func(event) bool { return true })[before:]; len(events) != 0 {
		t.Error("the plugin was told", events)
	}
}

// What there is does not fit into one message of 4 MiB.
func TestALargeNodeIsToldInSeveralMessages(t *testing.T) {
	long := strings.Repeat("x", 200<<10)
	var all []string
	for range 24 {
		config := podConfig()
		config.Annotations = map[string]string{"long": long}
		config.Linux.SecurityContext = &cri.LinuxSandboxSecurityContext{NamespaceOptions: &cri.NamespaceOption{Network: cri.NamespaceMode_NODE}}
		all = append(all, runPod(t, config))
	}
	p := (&plugin{}).connect(t, "00", "patient")
	for _, id := range all {
		if !p.knows(id) {
			t.Error("the plugin does not know pod", id)
		}
	}
}
