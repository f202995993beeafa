package io.pageproxy.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.certmanager.api.model.v1.Certificate;
import io.fabric8.certmanager.api.model.v1.Issuer;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** The Kubernetes objects have only fields that the API knows, and fit each other. */
class KubernetesTest {
    private static final Path FOLDER = folder();

    private static final Map<String, Class<? extends HasMetadata>> KINDS =
            Map.of(
                    "v1/Namespace", Namespace.class,
                    "apps/v1/DaemonSet", DaemonSet.class,
                    "networking.k8s.io/v1/NetworkPolicy", NetworkPolicy.class,
                    "cert-manager.io/v1/Issuer", Issuer.class,
                    "cert-manager.io/v1/Certificate", Certificate.class);

    private static Path folder() {
        Path folder = Path.of("").toAbsolutePath();
        while (!Files.exists(folder.resolve("SECURITY.md"))) {
            folder = folder.getParent();
        }
        return folder.resolve("packaging/kubernetes");
    }

    /** Reads the API's types, and takes no field that they do not declare. */
    private static ObjectMapper strict() {
        return new ObjectMapper()
                .setAnnotationIntrospector(
                        new JacksonAnnotationIntrospector() {
                            @Override
                            public Boolean hasAnySetter(Annotated method) {
                                return false; // The types keep unknown fields by such methods.
                            }
                        });
    }

    private static List<JsonNode> documents(String file) throws IOException {
        List<JsonNode> documents = new ArrayList<>();
        new Load(LoadSettings.builder().build())
                .loadAllFromString(Files.readString(FOLDER.resolve(file)))
                .forEach(document -> documents.add(new ObjectMapper().valueToTree(document)));
        return documents;
    }

    private static HasMetadata object(JsonNode document) throws IOException {
        String kind = document.path("apiVersion").asText() + "/" + document.path("kind").asText();
        assertThat(KINDS).containsKey(kind);
        return strict().treeToValue(document, KINDS.get(kind));
    }

    private static <T extends HasMetadata> List<T> objects(Class<T> kind) throws IOException {
        List<T> found = new ArrayList<>();
        for (JsonNode file : documents("kustomization.yaml").get(0).path("resources")) {
            for (JsonNode document : documents(file.asText())) {
                HasMetadata object = object(document);
                if (kind.isInstance(object)) {
                    found.add(kind.cast(object));
                }
            }
        }
        return found;
    }

    private static PodSpec pod() throws IOException {
        return objects(DaemonSet.class).get(0).getSpec().getTemplate().getSpec();
    }

    @Test
    void allFilesArePartOfTheKustomization() throws IOException {
        JsonNode kustomization = documents("kustomization.yaml").get(0);
        List<String> named = new ArrayList<>(List.of("kustomization.yaml"));
        kustomization.path("resources").forEach(file -> named.add(file.asText()));
        kustomization
                .path("configMapGenerator")
                .forEach(map -> map.path("files").forEach(file -> named.add(file.asText())));

        try (Stream<Path> files = Files.list(FOLDER)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrderElementsOf(named);
        }
    }

    @Test
    void objectsHaveOnlyFieldsOfTheApi() throws IOException {
        assertThat(objects(HasMetadata.class)).hasSizeGreaterThan(KINDS.size());
    }

    @Test
    void anUnknownFieldWouldBeFound() throws IOException {
        JsonNode daemonSet = documents("daemonset.yaml").get(0);
        ((ObjectNode) daemonSet.at("/spec/template/spec/containers/0/securityContext"))
                .put("runAsNonroot", true);

        assertThatThrownBy(() -> object(daemonSet)).hasMessageContaining("runAsNonroot");
    }

    @Test
    void theServingContainerHasOneCapabilityAndNoRoot() throws IOException {
        assertThat(pod().getSecurityContext().getRunAsNonRoot()).isTrue();
        assertThat(pod().getSecurityContext().getRunAsUser()).isNotZero();
        Container dest = pod().getContainers().get(0);
        assertThat(dest.getSecurityContext().getRunAsUser()).isNull();
        assertThat(dest.getSecurityContext().getReadOnlyRootFilesystem()).isTrue();
        assertThat(dest.getSecurityContext().getCapabilities().getDrop()).containsExactly("ALL");
        assertThat(dest.getSecurityContext().getCapabilities().getAdd())
                .containsExactly("CHECKPOINT_RESTORE");
        assertThat(dest.getResources().getLimits()).containsKey("memory");
    }

    @Test
    void mountsHaveTheirVolumesAndSecretsTheirCertificates() throws IOException {
        List<String> volumes = pod().getVolumes().stream().map(Volume::getName).toList();
        Stream.concat(pod().getInitContainers().stream(), pod().getContainers().stream())
                .flatMap(container -> container.getVolumeMounts().stream())
                .map(VolumeMount::getName)
                .forEach(name -> assertThat(volumes).contains(name));

        List<String> secrets =
                objects(Certificate.class).stream()
                        .map(certificate -> certificate.getSpec().getSecretName())
                        .toList();
        assertThat(pod().getVolumes())
                .filteredOn(volume -> volume.getSecret() != null)
                .isNotEmpty()
                .allSatisfy(
                        volume -> assertThat(secrets).contains(volume.getSecret().getSecretName()));
    }

    @Test
    void networkPolicyAndDaemonSetSelectTheSamePods() throws IOException {
        DaemonSet daemonSet = objects(DaemonSet.class).get(0);
        Map<String, String> labels = daemonSet.getSpec().getTemplate().getMetadata().getLabels();

        assertThat(daemonSet.getSpec().getSelector().getMatchLabels()).isEqualTo(labels);
        assertThat(objects(NetworkPolicy.class))
                .singleElement()
                .satisfies(
                        policy ->
                                assertThat(policy.getSpec().getPodSelector().getMatchLabels())
                                        .isEqualTo(labels));
    }

    @Test
    void destAllowsTheNameOfTheSourcesCertificate() throws IOException {
        List<String> allowed =
                StreamSupport.stream(
                                documents("policy.yaml")
                                        .get(0)
                                        .path("peers")
                                        .path(0)
                                        .path("dns")
                                        .spliterator(),
                                false)
                        .map(JsonNode::asText)
                        .toList();

        assertThat(objects(Certificate.class))
                .filteredOn(each -> each.getMetadata().getName().equals("pageproxy-source"))
                .singleElement()
                .satisfies(
                        source ->
                                assertThat(source.getSpec().getDnsNames())
                                        .containsExactlyElementsOf(allowed));
    }
}
