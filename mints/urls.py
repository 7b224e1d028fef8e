from django.urls import path

from mints import jobs
from mints.views import (
    CollectionDetail,
    CollectionItems,
    CollectionList,
    CollectionMints,
    ItemMetadata,
    ItemProof,
    JobAction,
    JobDetail,
)

urlpatterns = [
    path("collections", CollectionList.as_view(), name="collections"),
    path("collections/<uuid:collection_id>", CollectionDetail.as_view(), name="collection"),
    path("collections/<uuid:collection_id>/items", CollectionItems.as_view(), name="collection-items"),
    path("collections/<uuid:collection_id>/items/<int:number>/metadata", ItemMetadata.as_view(), name="item-metadata"),
    path("collections/<uuid:collection_id>/items/<int:number>/proof", ItemProof.as_view(), name="item-proof"),
    path("collections/<uuid:collection_id>/mints", CollectionMints.as_view(), name="collection-mints"),
    path("jobs/<uuid:job_id>", JobDetail.as_view(), name="job"),
    *(
        path(f"jobs/<uuid:job_id>/{act.__name__}", JobAction.as_view(act=staticmethod(act)), name=f"job-{act.__name__}")
        for act in (jobs.pause, jobs.resume, jobs.cancel)
    ),
]
